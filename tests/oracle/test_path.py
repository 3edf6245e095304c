"""Replay of what IWbemPath answered on Windows, step by step on one path object per case."""

from __future__ import annotations

from typing import Any

import pytest

from oracle.cases import Case, cases
from wmix.cim.wbem_path import WbemPath, read_text
from wmix.errors import InvalidParameter, WmiError

DEFAULT_LENGTH = 1024
"""Characters of the recorder's buffer where a step does not say."""


def text_of(step: dict[str, Any], get: Any) -> dict[str, Any]:
    length = None if step.get("null_len") else step.get("len", DEFAULT_LENGTH)
    text, needed = read_text(get, length, has_buffer=not step.get("null_buffer"))
    return {"length": needed} if text is None else {"text": text, "length": needed}


def info_of(step: dict[str, Any], path: WbemPath) -> dict[str, Any]:
    if step.get("null_out"):
        raise InvalidParameter("a null pointer for the result")  # which only a C caller can pass
    return {"info": path.get_info()}


def perform(path: WbemPath, step: dict[str, Any]) -> dict[str, Any]:
    match step["op"]:
        case "SetText":
            path.set_text(step["mode"], step["text"])
        case "GetText":
            return text_of(step, lambda: path.get_text(step["flags"]))
        case "SetClassName":
            path.set_class_name(step["text"])
        case "GetClassName":
            return text_of(step, path.get_class_name)
        case "SetServer":
            path.set_server(step["text"])
        case "GetServer":
            return text_of(step, path.get_server)
        case "GetInfo":
            return info_of(step, path)
        case "GetNamespaceCount":
            return {"count": path.get_namespace_count()}
        case "GetNamespaceAt":
            return text_of(step, lambda: path.get_namespace_at(step["index"]))
        case "SetNamespaceAt":
            path.set_namespace_at(step["index"], step["text"])
        case "RemoveNamespaceAt":
            path.remove_namespace_at(step["index"])
        case "RemoveAllNamespaces":
            path.remove_all_namespaces()
        case "GetKeyList":
            return {"count": path.get_key_list().get_count()}
        case other:
            pytest.fail(f"the recording has a step {other!r} that is not replayed")
    return {}


@pytest.mark.parametrize("case", cases("path.", kind="path"))
def test_a_path_object_answers_as_recorded(case: Case) -> None:
    path = WbemPath()
    for number, (step, expected) in enumerate(zip(case.input["steps"], case.expected["steps"], strict=True)):
        try:
            answer = {"hr": 0, **perform(path, step)}
        except WmiError as error:
            answer = {"hr": error.status}
        wanted = {**expected, "hr": int(expected["hr"], 16)}
        assert {name: answer.get(name) for name in wanted} == wanted, f"step {number}: {step}"
