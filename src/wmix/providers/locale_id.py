"""Locale names of Linux and the numbers that Windows has for them: [MS-LCID] 2.2, ITU-T E.164.

``Win32_OperatingSystem`` shows a locale as a language identifier (``Locale`` in hexadecimal, ``OSLanguage`` as a
number), a code page (``CodeSet``) and the telephone code of its country (``CountryCode``).  The table holds the
locales in common use; the numbers of another one stay unknown.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from wmix.providers.os_release import parse_assignments
from wmix.record import Record

if TYPE_CHECKING:
    from wmix.providers.system_files import SystemFiles

__all__ = ["INVARIANT", "LocaleName", "read_locale"]

#: LOCALE_INVARIANT, which stands for the locales C and POSIX: no language's rules.
INVARIANT: Final = 0x007F

_IDENTIFIERS: Final = {
    "af_ZA": 0x0436, "am_ET": 0x045E, "ar_AE": 0x3801, "ar_DZ": 0x1401, "ar_EG": 0x0C01, "ar_MA": 0x1801,
    "ar_SA": 0x0401, "az_AZ": 0x042C, "be_BY": 0x0423, "bg_BG": 0x0402, "bn_BD": 0x0845, "bn_IN": 0x0445,
    "bs_BA": 0x141A, "ca_ES": 0x0403, "cs_CZ": 0x0405, "cy_GB": 0x0452, "da_DK": 0x0406, "de_AT": 0x0C07,
    "de_CH": 0x0807, "de_DE": 0x0407, "de_LI": 0x1407, "de_LU": 0x1007, "el_GR": 0x0408, "en_AU": 0x0C09,
    "en_CA": 0x1009, "en_GB": 0x0809, "en_HK": 0x3C09, "en_IE": 0x1809, "en_IN": 0x4009, "en_NZ": 0x1409,
    "en_PH": 0x3409, "en_SG": 0x4809, "en_US": 0x0409, "en_ZA": 0x1C09, "es_AR": 0x2C0A, "es_BO": 0x400A,
    "es_CL": 0x340A, "es_CO": 0x240A, "es_CR": 0x140A, "es_DO": 0x1C0A, "es_EC": 0x300A, "es_ES": 0x0C0A,
    "es_GT": 0x100A, "es_MX": 0x080A, "es_PA": 0x180A, "es_PE": 0x280A, "es_PR": 0x500A, "es_PY": 0x3C0A,
    "es_US": 0x540A, "es_UY": 0x380A, "es_VE": 0x200A, "et_EE": 0x0425, "eu_ES": 0x042D, "fa_IR": 0x0429,
    "fi_FI": 0x040B, "fr_BE": 0x080C, "fr_CA": 0x0C0C, "fr_CH": 0x100C, "fr_FR": 0x040C, "fr_LU": 0x140C,
    "ga_IE": 0x083C, "gl_ES": 0x0456, "gu_IN": 0x0447, "he_IL": 0x040D, "hi_IN": 0x0439, "hr_HR": 0x041A,
    "hu_HU": 0x040E, "hy_AM": 0x042B, "id_ID": 0x0421, "is_IS": 0x040F, "it_CH": 0x0810, "it_IT": 0x0410,
    "ja_JP": 0x0411, "ka_GE": 0x0437, "kk_KZ": 0x043F, "km_KH": 0x0453, "kn_IN": 0x044B, "ko_KR": 0x0412,
    "lt_LT": 0x0427, "lv_LV": 0x0426, "mk_MK": 0x042F, "ml_IN": 0x044C, "mr_IN": 0x044E, "ms_MY": 0x043E,
    "mt_MT": 0x043A, "nb_NO": 0x0414, "ne_NP": 0x0461, "nl_BE": 0x0813, "nl_NL": 0x0413, "nn_NO": 0x0814,
    "pa_IN": 0x0446, "pl_PL": 0x0415, "pt_BR": 0x0416, "pt_PT": 0x0816, "ro_RO": 0x0418, "ru_RU": 0x0419,
    "si_LK": 0x045B, "sk_SK": 0x041B, "sl_SI": 0x0424, "sq_AL": 0x041C, "sr_RS": 0x281A, "sv_FI": 0x081D,
    "sv_SE": 0x041D, "sw_KE": 0x0441, "ta_IN": 0x0449, "te_IN": 0x044A, "th_TH": 0x041E, "tr_TR": 0x041F,
    "uk_UA": 0x0422, "ur_PK": 0x0420, "uz_UZ": 0x0443, "vi_VN": 0x042A, "zh_CN": 0x0804, "zh_HK": 0x0C04,
    "zh_SG": 0x1004, "zh_TW": 0x0404,
}  # fmt: skip

_COUNTRY_CODES: Final = {
    "AE": 971, "AL": 355, "AM": 374, "AR": 54, "AT": 43, "AU": 61, "AZ": 994, "BA": 387, "BD": 880, "BE": 32,
    "BG": 359, "BO": 591, "BR": 55, "BY": 375, "CA": 1, "CH": 41, "CL": 56, "CN": 86, "CO": 57, "CR": 506,
    "CZ": 420, "DE": 49, "DK": 45, "DO": 1, "DZ": 213, "EC": 593, "EE": 372, "EG": 20, "ES": 34, "ET": 251,
    "FI": 358, "FR": 33, "GB": 44, "GE": 995, "GR": 30, "GT": 502, "HK": 852, "HR": 385, "HU": 36, "ID": 62,
    "IE": 353, "IL": 972, "IN": 91, "IR": 98, "IS": 354, "IT": 39, "JP": 81, "KE": 254, "KH": 855, "KR": 82,
    "KZ": 7, "LI": 423, "LK": 94, "LT": 370, "LU": 352, "LV": 371, "MA": 212, "MK": 389, "MT": 356, "MX": 52,
    "MY": 60, "NL": 31, "NO": 47, "NP": 977, "NZ": 64, "PA": 507, "PE": 51, "PH": 63, "PK": 92, "PL": 48,
    "PR": 1, "PT": 351, "PY": 595, "RO": 40, "RS": 381, "RU": 7, "SA": 966, "SE": 46, "SG": 65, "SI": 386,
    "SK": 421, "TH": 66, "TR": 90, "TW": 886, "UA": 380, "US": 1, "UY": 598, "UZ": 998, "VE": 58, "VN": 84,
    "ZA": 27,
}  # fmt: skip

#: Character set as a locale writes it, in lower case without punctuation -> code page.
_CODE_PAGES: Final = {
    "utf8": 65001,
    "ansix341968": 20127,
    "ascii": 20127,
    **{f"iso8859{part}": 28590 + part for part in (*range(1, 10), 13, 15)},
    "koi8r": 20866,
    "koi8u": 21866,
    "eucjp": 51932,
    "euckr": 51949,
    "gb2312": 936,
    "gbk": 936,
    "gb18030": 54936,
    "big5": 950,
    **{f"cp{page}": page for page in range(1250, 1259)},
}


class LocaleName(Record):
    """A locale as setlocale(3) names it: ``language_TERRITORY.charset@modifier``."""

    language: str
    territory: str | None = None
    charset: str | None = None

    @classmethod
    def parse(cls, text: str) -> LocaleName:
        """The parts of *text*; everything after the language may be missing."""
        name, _, _ = text.partition("@")
        name, _, charset = name.partition(".")
        language, _, territory = name.partition("_")
        return cls(language, territory or None, charset or None)

    @property
    def is_invariant(self) -> bool:
        """Whether this is the locale of no language."""
        return self.language in ("C", "POSIX")

    @property
    def identifier(self) -> int | None:
        """The language identifier, e.g. 0x0409; None when the table does not have it."""
        return INVARIANT if self.is_invariant else _IDENTIFIERS.get(f"{self.language}_{self.territory}")

    @property
    def tag(self) -> str | None:
        """The language tag of BCP 47, e.g. ``en-US``."""
        if self.is_invariant:
            return None
        return self.language if self.territory is None else f"{self.language}-{self.territory}"

    @property
    def code_page(self) -> int | None:
        """The number of the character set; the locale C is ASCII unless it says otherwise."""
        if self.charset is None:
            return _CODE_PAGES["ascii"] if self.is_invariant else None
        return _CODE_PAGES.get("".join(filter(str.isalnum, self.charset.lower())))

    @property
    def country_code(self) -> int | None:
        """The telephone code of the territory's country."""
        return None if self.territory is None else _COUNTRY_CODES.get(self.territory)


def read_locale(files: SystemFiles) -> LocaleName:
    """The system's locale: locale.conf(5), else /etc/default/locale, else this process's, else ``C``."""
    for name in ("/etc/locale.conf", "/etc/default/locale"):
        assigned = parse_assignments(files.lines(name))
        text = assigned.get("LC_ALL") or assigned.get("LANG")
        if text:
            return LocaleName.parse(text)
    text = (os.environ.get("LC_ALL") or os.environ.get("LANG")) if files.is_machine else None
    return LocaleName.parse(text or "C")
