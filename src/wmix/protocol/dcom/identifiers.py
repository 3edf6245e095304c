"""Identifiers of DCOM: interfaces, classes of activation properties, ORPC extensions. [MS-DCOM] 1.9."""

from __future__ import annotations

from typing import Final

from wmix.protocol.ndr.guid import Guid

_TAIL: Final = "-0000-0000-C000-000000000046"

IID_IUnknown: Final = Guid.parse("00000000" + _TAIL)
IID_IRemUnknown: Final = Guid.parse("00000131" + _TAIL)
IID_IRemUnknown2: Final = Guid.parse("00000143" + _TAIL)
IID_IRemoteSCMActivator: Final = Guid.parse("000001A0" + _TAIL)
IID_IActivation: Final = Guid.parse("4D9F4AB8-7D1C-11CF-861E-0020AF6E7C57")
IID_IObjectExporter: Final = Guid.parse("99FCFEC4-5260-101B-BBCB-00AA0021347A")

IID_IActivationPropertiesIn: Final = Guid.parse("000001A2" + _TAIL)
IID_IActivationPropertiesOut: Final = Guid.parse("000001A3" + _TAIL)
CLSID_ActivationPropertiesIn: Final = Guid.parse("00000338" + _TAIL)
CLSID_ActivationPropertiesOut: Final = Guid.parse("00000339" + _TAIL)

CLSID_InstantiationInfo: Final = Guid.parse("000001AB" + _TAIL)
CLSID_ActivationContextInfo: Final = Guid.parse("000001A5" + _TAIL)
CLSID_SecurityInfo: Final = Guid.parse("000001A6" + _TAIL)
CLSID_ServerLocationInfo: Final = Guid.parse("000001A4" + _TAIL)
CLSID_ScmRequestInfo: Final = Guid.parse("000001AA" + _TAIL)
CLSID_InstanceInfo: Final = Guid.parse("000001AD" + _TAIL)
CLSID_SpecialSystemProperties: Final = Guid.parse("000001B9" + _TAIL)
CLSID_ScmReplyInfo: Final = Guid.parse("000001B6" + _TAIL)
#: Has the value of the unmarshaler of the whole reply.
CLSID_PropsOutInfo: Final = CLSID_ActivationPropertiesOut

CLSID_ErrorExtension: Final = Guid.parse("0000031C" + _TAIL)
CLSID_ErrorObject: Final = Guid.parse("0000031B" + _TAIL)
CLSID_ContextExtension: Final = Guid.parse("00000334" + _TAIL)
CLSID_ContextMarshaler: Final = Guid.parse("0000033B" + _TAIL)
