"""What the pages say wrongly or leave out, with the reason of each change: read by ``build_image.py``.

``facts/classes.json`` is an extract of pages and is not edited.  Where a page contradicts the class tree of
wmi-semantics 6.5, the rules of 3.5 or its own neighbours, the correction stands here.
"""

from __future__ import annotations

from typing import Any, Final

NAMESPACES: Final = ("root", "root\\cimv2", "root\\default", "root\\subscription", "root\\StandardCimv2")
"""Namespaces that exist from the start; system classes are in each (wmi-semantics 6.5)."""

EVERYWHERE: Final = "*"

PLACES: Final[dict[str, tuple[str, ...]]] = {
    # 6.5: the five leaves of the cache control tree live in root only; 6.6.11 and 6.6.12 say so of the quotas.
    "__EventConsumerProviderCacheControl": ("root",),
    "__EventProviderCacheControl": ("root",),
    "__EventSinkCacheControl": ("root",),
    "__ObjectProviderCacheControl": ("root",),
    "__PropertyProviderCacheControl": ("root",),
    "__ArbitratorConfiguration": ("root",),
    "__ProviderHostQuotaConfiguration": ("root",),
    # 6.1.6
    "__CIMOMIdentification": ("root", "root\\default"),
}
"""System classes that are not in every namespace."""

PARENTS: Final[dict[str, str]] = {
    # The pages print the parent without its underscores, or not at all; the tree is in 6.5.
    "__EventConsumerProviderCacheControl": "__CacheControl",
    "__EventSinkCacheControl": "__CacheControl",
    "__PropertyProviderCacheControl": "__CacheControl",
    "__SystemSecurity": "__SystemClass",
    "__SecurityDescriptor": "__SecurityRelatedClass",
    "__Trustee": "__SecurityRelatedClass",
}

FLAGS: Final[dict[str, tuple[str, ...]]] = {
    # 6.1.6, 6.6.11: one instance per namespace.
    "__SystemSecurity": ("singleton",),
    "__thisNAMESPACE": ("singleton",),
    "__ProviderHostQuotaConfiguration": ("singleton",),
    "__PropertyProviderCacheControl": ("singleton",),
    # Their Win32_ children are printed as abstract, which 3.5.11 only permits below an abstract class.
    "__SecurityDescriptor": ("abstract",),
    "__ACE": ("abstract",),
    "__Trustee": ("abstract",),
    # 4.4.2: the only system class with the qualifier; the others have references without being associations.
    "__FilterToConsumerBinding": ("association",),
}
"""Flags to add."""

PROPERTIES: Final[dict[str, dict[str, dict[str, Any] | None]]] = {
    # Printed on the pages of the subclasses only, though it is one key for the whole tree (6.3.2).
    "__ProviderRegistration": {"provider": {"key": 1}},
    # The page misspells SupportsBatching, which is inherited.
    "__ClassProviderRegistration": {"SuppportsBatching": None, "CacheRefreshInterval": {"sub": "interval"}},
    # Embedded in any event class: an override may narrow the type, not widen it (6.2.1).
    "__ConsumerFailureEvent": {"Event": None},
    "__EventQueueOverflowEvent": {"Event": None},
    "__EventDroppedEvent": {"Event": {"t": "object"}},
    # Group and owner are trustees, lists of entries are arrays: so their Win32_ children and [MS-WMI] 2.2.
    "__SecurityDescriptor": {"Group": {"t": "__Trustee"}, "Owner": {"t": "__Trustee"}, "SACL": {"a": 1}},
    "Win32_SecurityDescriptor": {"DACL": {"a": 1}},
    "__MethodInvocationEvent": {"Parameters": {"t": "__PARAMETERS"}},
    # 3.2.2: intervals say so.
    "__EventConsumerProviderCacheControl": {"ClearAfter": {"sub": "interval"}},
    "__EventProviderCacheControl": {"ClearAfter": {"sub": "interval"}},
    "__EventSinkCacheControl": {"ClearAfter": {"sub": "interval"}},
    "__ObjectProviderCacheControl": {"ClearAfter": {"sub": "interval"}},
    "__PropertyProviderCacheControl": {"ClearAfter": {"sub": "interval"}},
    "__Win32Provider": {
        "InitializationTimeoutInterval": {"sub": "interval"},
        "OperationTimeoutInterval": {"sub": "interval"},
        "UnloadTimeout": {"sub": "interval"},
    },
    "__IntervalTimerInstruction": {"IntervalBetweenEvents": {"acc": "rw"}},
    # The page prints one empty text between quotation marks; NumberOfInsertionStrings says that none is used.
    "NTEventLogEventConsumer": {"InsertionStringTemplates": {"def": "{}"}},
    "__TimerInstruction": {"SkipIfPassed": {"acc": "rw"}, "TimerId": {"acc": "rw"}},
}
"""Facts to put over those of a declared property; None takes the declaration away."""

METHODS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    # The page names the class itself as the type of the descriptor.
    "__SystemSecurity": {"GetSecurityDescriptor": {"in": [["o", "Descriptor", "__SecurityDescriptor"]]}},
    # Defaults of the parameters: wmi-semantics 8.2.
    "Win32_LogicalDisk": {
        "Chkdsk": {
            "in": [
                ["i", "FixErrors", "boolean", {"def": "False"}],
                ["i", "VigorousIndexCheck", "boolean", {"def": "False"}],
                ["i", "SkipFolderCycle", "boolean", {"def": "True"}],
                ["i", "ForceDismount", "boolean", {"def": "False"}],
                ["i", "RecoverBadSectors", "boolean", {"def": "False"}],
                ["i", "OKToRunAtBootUp", "boolean", {"def": "False"}],
            ]
        }
    },
}
"""Facts to put over those of a declared method."""

ADDED: Final[tuple[dict[str, Any], ...]] = (
    # Has no page with a syntax block; the tree of 6.5 names it as internal.
    {
        "n": "__TimerNextFiring",
        "ns": ["(all)"],
        "p": "__IndicationRelated",
        "own": {"NextEvent64BitTime": {"t": "sint64"}, "TimerId": {"t": "string", "key": 1}},
    },
    # The facts lack the two classes of the manual's "previous versions"; Type is 0 at log off, 1 at shutdown or reboot.
    {
        "n": "Win32_ComputerSystemEvent",
        "ns": ["root\\cimv2"],
        "p": "__ExtrinsicEvent",
        "id": "999A286E-CF9C-4f0c-8F0F-827C4C0D9CC6",
        "own": {"MachineName": {"t": "string"}},
    },
    {
        "n": "Win32_ComputerShutdownEvent",
        "ns": ["root\\cimv2"],
        "p": "Win32_ComputerSystemEvent",
        "id": "A6B834B1-F974-4445-8F2E-FC996638B350",
        "own": {"Type": {"t": "uint32"}},
    },
)
"""Classes that the pages lack."""

IMPLEMENTED: Final[dict[str, tuple[str, ...]]] = {
    "Win32_Process": (
        "AttachDebugger",
        "Create",
        "GetAvailableVirtualSize",
        "GetOwner",
        "GetOwnerSid",
        "SetPriority",
        "Terminate",
    ),
    "Win32_LogicalDisk": ("Chkdsk",),
    "__SystemSecurity": ("GetCallerAccessRights", "GetSD", "GetSecurityDescriptor", "SetSD", "SetSecurityDescriptor"),
    "Win32_Service": ("InterrogateService", "PauseService", "ResumeService", "StartService", "StopService"),
}
"""Methods that the shipped providers carry out; they alone get the Implemented qualifier (wmi-semantics 8.1.5)."""

DISABLED: Final[dict[str, tuple[str, ...]]] = {"__SystemSecurity": ("Get9XUserList", "Set9XUserList")}
"""Methods that are there and cannot be called (wmi-semantics 8.4.1)."""
