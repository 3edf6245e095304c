"""Path: IWbemPath with HRESULTs, texts with their lengths."""

from __future__ import annotations

import pytest

from wmix import com

ALL = com.WBEMPATH_CREATE_ACCEPT_ALL
NO_ERROR = (com.WBEM_S_NO_ERROR,)


def parsed(text: str) -> com.Path:
    path = com.Path()
    assert path.set_text(ALL, text) == NO_ERROR
    return path


def test_a_text_comes_with_its_length() -> None:
    path = parsed(r"\\.\root\cimv2:C")
    assert path.get_text(com.WBEMPATH_GET_RELATIVE_ONLY) == (com.WBEM_S_NO_ERROR, 2, "C")
    assert path.get_text(com.WBEMPATH_GET_RELATIVE_ONLY, 0) == (com.WBEM_S_NO_ERROR, 2, None)
    assert path.get_text(com.WBEMPATH_GET_RELATIVE_ONLY, 1).hresult == com.WBEM_E_BUFFER_TOO_SMALL
    assert path.get_text(0, None).hresult == com.WBEM_E_INVALID_PARAMETER
    assert path.get_text(0, 10, has_buffer=False).hresult == com.WBEM_E_INVALID_PARAMETER


def test_server_namespaces_and_class_are_taken_apart() -> None:
    path = parsed(r"\\srv\root\cimv2:C")
    assert path.get_server().text == "srv"
    assert path.get_namespace_count().value == 2
    assert path.get_namespace_at(1).text == "cimv2"
    assert path.get_class_name().text == "C"
    assert path.is_same_class_name("c")
    assert path.is_local("SRV")
    assert path.is_relative("srv", "root/cimv2")


def test_a_path_is_put_together() -> None:
    path = com.Path()
    assert path.set_server("srv") == NO_ERROR
    assert path.set_namespace_at(0, "cimv2") == NO_ERROR
    assert path.set_namespace_at(0, "root") == NO_ERROR
    assert path.set_class_name("C") == NO_ERROR
    keys = path.get_key_list().key_list
    assert keys is not None
    assert keys.set_key2("K", 0, com.CIM_STRING, "v") == NO_ERROR
    assert keys.set_key2("N", 0, com.CIM_SINT32, 5) == NO_ERROR
    assert path.get_text(com.WBEMPATH_GET_SERVER_TOO).text == r'\\srv\root\cimv2:C.K="v",N=5'
    assert keys.get_text().text == 'K="v",N=5'
    assert keys.get_key2(0) == (com.WBEM_S_NO_ERROR, "K", "v", com.CIM_STRING)
    assert keys.get_key2(1) == (com.WBEM_S_NO_ERROR, "N", 5, com.CIM_SINT32)
    assert keys.remove_key("K") == NO_ERROR
    assert keys.remove_all_keys() == NO_ERROR
    assert keys.make_singleton(True) == NO_ERROR
    assert path.get_text(com.WBEMPATH_GET_RELATIVE_ONLY).text == "C=@"
    assert path.remove_namespace_at(0) == NO_ERROR
    assert path.remove_all_namespaces() == NO_ERROR
    assert path.delete_class_part() == NO_ERROR
    assert path.get_namespace_count().value == 0


def test_key_types_are_read_from_their_spelling() -> None:
    keys = parsed("C.A=TRUE,B=4294967296").get_key_list().key_list
    assert keys is not None
    assert [keys.get_key2(index).apparent_cim_type for index in range(2)] == [com.CIM_BOOLEAN, com.CIM_SINT64]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (lambda path: path.set_text(0, "C"), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.set_text(ALL, None), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_server(), com.WBEM_E_NOT_AVAILABLE),
        (lambda path: path.get_class_name(), com.WBEM_E_INVALID_OBJECT_PATH),
        (lambda path: path.get_namespace_at(0), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_namespace_at(-1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.set_namespace_at(1, "a"), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.remove_namespace_at(0), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.set_class_name(None), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_info(1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.delete_class_part(1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.get_key2(0), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.get_key2(0, 1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.set_key2("K", 1, 8, "v"), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.set_key2("K", 0, 8, "v"), com.WBEM_E_INVALID_OBJECT_PATH),
        (lambda path: path.get_key_list().key_list.remove_key("K"), com.WBEM_E_NOT_FOUND),
        (lambda path: path.get_key_list().key_list.remove_key("K", 1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.remove_all_keys(1), com.WBEM_E_INVALID_PARAMETER),
        (lambda path: path.get_key_list().key_list.get_text(1), com.WBEM_E_INVALID_PARAMETER),
    ],
)
def test_what_an_empty_path_refuses(act: object, expected: int) -> None:
    assert act(com.Path()).hresult == expected  # type: ignore[operator]  # a function
    assert com.get_error_info() is None


def test_info_of_an_empty_path() -> None:
    expected = com.WBEMPATH_INFO_ANON_LOCAL_MACHINE | com.WBEMPATH_INFO_SERVER_NAMESPACE_ONLY
    assert com.Path().get_info() == (com.WBEM_S_NO_ERROR, expected)


def test_a_key_value_of_another_type_is_a_programming_error() -> None:
    keys = parsed("C").get_key_list().key_list
    assert keys is not None
    with pytest.raises(TypeError):
        keys.set_key2("K", 0, com.CIM_REAL64, 1.5)  # type: ignore[arg-type]  # on purpose
