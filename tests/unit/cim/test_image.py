"""The class image: built from committed facts, read class by class, true to what Windows has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tools import build_image

from wmix import status as codes
from wmix.cim import class_rules
from wmix.cim.drafts import ClassDraft
from wmix.cim.image import FORMAT_VERSION, ClassImage
from wmix.cim.instances import CimInstance, Origin
from wmix.cim.types import CimType
from wmix.errors import ProtocolError, WmiError

if TYPE_CHECKING:
    from wmix.cim.classes import CimClass

ROOT = Path(__file__).parents[3]
IMAGE = ROOT / "src" / "wmix" / "cim" / "data" / f"schema-{FORMAT_VERSION}.img"
CIMV2 = "root\\cimv2"


@pytest.fixture(scope="module")
def image() -> ClassImage:
    return ClassImage.open("SRV")


def load(image: ClassImage, name: str, namespace: str = CIMV2) -> CimClass:
    cls = image.load(namespace, name)
    assert cls is not None, name
    return cls


def everything(image: ClassImage) -> list[CimClass]:
    return [load(image, name, namespace) for namespace in image.namespaces() for name in image.names(namespace)]


def test_building_from_the_committed_facts_gives_the_committed_octets() -> None:
    facts = json.loads(build_image.FACTS.read_text(encoding="utf-8"))
    assert build_image.build(facts) == IMAGE.read_bytes()


def test_namespaces(image: ClassImage) -> None:
    assert image.namespaces() == (
        "root", "root\\cimv2", "root\\default", "root\\subscription", "root\\StandardCimv2"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Win32_Process", ("Handle",)),
        ("Win32_OperatingSystem", ()),
        ("Win32_ComputerSystem", ("Name",)),
        ("Win32_Processor", ("DeviceID",)),
        ("Win32_LogicalDisk", ("DeviceID",)),
        ("Win32_DiskDrive", ("DeviceID",)),
        ("Win32_Service", ("Name",)),
        ("Win32_NetworkAdapter", ("DeviceID",)),
        ("Win32_NetworkAdapterConfiguration", ("Index",)),
        ("Win32_Environment", ("Name", "UserName")),
        ("Win32_TimeZone", ("StandardName",)),
        ("Win32_UserAccount", ("Domain", "Name")),
        ("Win32_Group", ("Domain", "Name")),
    ],
)
def test_the_served_classes_with_their_keys(image: ClassImage, name: str, keys: tuple[str, ...]) -> None:
    cls = load(image, name)
    assert tuple(sorted(cls.keys)) == keys
    assert cls.is_dynamic
    assert cls.provider_name == "CIMWin32"
    assert not cls.is_abstract
    assert cls.is_singleton == (name == "Win32_OperatingSystem")


def test_the_facts_about_keys_agree_with_what_is_derived(image: ClassImage) -> None:
    facts = json.loads((ROOT / "tools" / "facts" / "classes.json").read_text(encoding="utf-8"))
    for entry in facts["classes"]:
        if "keys" in entry and entry["ns"] != ["root"]:
            namespace = CIMV2 if entry["ns"] == ["(all)"] else entry["ns"][0]
            assert sorted(load(image, entry["n"], namespace).keys) == sorted(entry["keys"]), entry["n"]


# Name, CIM type, number of ancestors of the class of origin: a Win32_Process captured from Windows Server 2019.
CAPTURED = """
Caption string 0; Description string 0; InstallDate datetime 0; Name string 0; Status string 0;
CSCreationClassName string 2; CSName string 2; CreationClassName string 2; CreationDate datetime 2; Handle string 2;
KernelModeTime uint64 2; OSCreationClassName string 2; OSName string 2; Priority uint32 2; ExecutionState uint16 2;
TerminationDate datetime 2; UserModeTime uint64 2; WorkingSetSize uint64 2; ExecutablePath string 3;
MaximumWorkingSetSize uint32 3; MinimumWorkingSetSize uint32 3; PageFaults uint32 3; PageFileUsage uint32 3;
PeakPageFileUsage uint32 3; PeakWorkingSetSize uint32 3; ProcessId uint32 3; QuotaNonPagedPoolUsage uint32 3;
QuotaPagedPoolUsage uint32 3; QuotaPeakNonPagedPoolUsage uint32 3; QuotaPeakPagedPoolUsage uint32 3;
WindowsVersion string 3; ThreadCount uint32 3; HandleCount uint32 3; ParentProcessId uint32 3; SessionId uint32 3;
PrivatePageCount uint64 3; PeakVirtualSize uint64 3; VirtualSize uint64 3; ReadOperationCount uint64 3;
WriteOperationCount uint64 3; OtherOperationCount uint64 3; ReadTransferCount uint64 3; WriteTransferCount uint64 3;
OtherTransferCount uint64 3; CommandLine string 3
"""


def test_win32_process_has_the_properties_that_windows_has(image: ClassImage) -> None:
    cls = load(image, "win32_PROCESS")
    chain = [*reversed(cls.derivation), cls.name]
    assert chain == ["CIM_ManagedSystemElement", "CIM_LogicalElement", "CIM_Process", "Win32_Process"]
    found = {(prop.name, prop.cimtype, chain.index(prop.origin)) for prop in cls.properties.values()}
    expected = {(name, kind, int(depth)) for name, kind, depth in (item.split() for item in CAPTURED.split(";"))}
    assert found == expected


def test_qualifiers_and_flavors_are_those_captured_from_windows(image: ClassImage) -> None:
    cls = load(image, "Win32_Process")
    handle = [(q.name, q.value, q.flavor) for q in cls.properties["Handle"].qualifiers.entries()]
    assert handle == [("CIMTYPE", "string", 0x23), ("key", True, 0x33), ("read", True, 0x22), ("MaxLen", 256, 0x22)]
    name = {q.name: (q.value, q.flavor) for q in cls.properties["OSName"].qualifiers.entries()}
    assert name["Propagated"] == ("CIM_OperatingSystem.Name", 0x22)
    assert name["CIM_Key"] == (True, 0x22)
    override = cls.properties["KernelModeTime"]
    assert override.local
    held = {q.name: (q.value, q.flavor) for q in override.qualifiers.entries()}
    assert held["CIMTYPE"] == ("uint64", 0x03)
    assert held["Override"] == ("KernelModeTime", 0x00)
    assert held["read"] == (True, 0x22)
    assert held["Units"] == ("100 nanoseconds", 0x02)
    own = {q.name: (q.value, q.flavor) for q in cls.qualifiers.entries()}
    assert own == {
        "dynamic": (True, 0x01),
        "provider": ("CIMWin32", 0x01),
        "SupportsCreate": (True, 0x00),
        "CreateBy": ("Create", 0x00),
        "SupportsDelete": (True, 0x00),
        "DeleteBy": ("DeleteInstance", 0x00),
        "UUID": ("{8502C4DC-5FBB-11D2-AAC1-006008C78BC7}", 0x01),
    }
    assert load(image, "CIM_Process").is_abstract


def test_signatures_are_those_captured_from_windows(image: ClassImage) -> None:
    methods = load(image, "Win32_Process").methods
    assert set(methods) == {
        "AttachDebugger", "Create", "GetAvailableVirtualSize", "GetOwner", "GetOwnerSid", "SetPriority", "Terminate"
    }  # fmt: skip
    assert all(method.is_implemented for method in methods.values())
    assert [name for name, method in methods.items() if method.is_static] == ["Create"]
    create = methods["CREATE"]
    assert create.in_signature is not None
    assert create.out_signature is not None
    assert [(p.name, p.cimtype) for p in create.in_signature.properties.values()] == [
        ("CommandLine", "string"),
        ("CurrentDirectory", "string"),
        ("ProcessStartupInformation", "object:Win32_ProcessStartup"),
    ]
    ids = [(p.name, p.qualifiers.value("ID")) for p in create.out_signature.properties.values()]
    assert ids == [("ProcessId", 3), ("ReturnValue", None)]
    owner = methods["GetOwner"]
    assert owner.in_signature is None
    assert owner.out_signature is not None
    assert list(owner.out_signature) == ["User", "Domain", "ReturnValue"]
    result = CimInstance(owner.out_signature.layout, owner.out_signature.layout.unset)
    number = result.properties_["User"].qualifiers.get("ID")
    assert number is not None
    assert (number.value, number.flavor) == (0, 0x31)


def test_only_methods_that_are_served_are_marked_implemented(image: ClassImage) -> None:
    found = {
        (cls.name, method.name)
        for cls in everything(image)
        for method in cls.methods.values()
        if method.is_implemented and cls.name != "Win32_Process"
    }
    service = ("InterrogateService", "PauseService", "ResumeService", "StartService", "StopService")
    security = ("GetCallerAccessRights", "GetSD", "GetSecurityDescriptor", "SetSD", "SetSecurityDescriptor")
    assert found == {
        ("Win32_LogicalDisk", "Chkdsk"),
        *(("Win32_Service", name) for name in service),
        *(("__SystemSecurity", name) for name in security),
    }


def test_methods_that_a_subclass_serves_keep_origin_and_signature(image: ClassImage) -> None:
    start = load(image, "Win32_Service").methods["StartService"]
    above = load(image, "CIM_Service").methods["StartService"]
    assert (start.origin, start.local, start.is_implemented) == ("CIM_Service", True, True)
    assert start.out_signature == above.out_signature
    assert not load(image, "Win32_BaseService").methods["StartService"].is_implemented


def test_parameters_have_defaults_where_windows_has_them(image: ClassImage) -> None:
    signature = load(image, "Win32_LogicalDisk").methods["Chkdsk"].in_signature
    assert signature is not None
    assert {name: signature[name] for name in signature} == {
        "FixErrors": False,
        "VigorousIndexCheck": False,
        "SkipFolderCycle": True,
        "ForceDismount": False,
        "RecoverBadSectors": False,
        "OKToRunAtBootUp": False,
    }


def test_value_tables_become_value_map_and_values(image: ClassImage) -> None:
    kind = load(image, "Win32_LogicalDisk").properties["DriveType"].qualifiers
    values, labels = kind["ValueMap"], kind["Values"]
    assert isinstance(values, tuple)
    assert isinstance(labels, tuple)
    assert len(values) == len(labels)
    assert dict(zip(values, labels, strict=True))["3"] == "Local Disk"
    status = load(image, "CIM_ManagedSystemElement").properties["Status"].qualifiers
    assert "ValueMap" in status
    assert "Values" not in status  # they would only repeat the values
    codes_of = load(image, "Win32_Process").methods["Create"].qualifiers
    assert codes_of["ValueMap"] == ("0", "2", "3", "8", "9", "21", "22..4294967295")


def test_system_classes_are_in_every_namespace(image: ClassImage) -> None:
    for namespace in image.namespaces():
        for name in ("__SystemClass", "__Namespace", "__EventFilter", "__PARAMETERS", "__ExtendedStatus"):
            cls = load(image, name, namespace)
            assert cls["__NAMESPACE"] == namespace
            assert cls["__SERVER"] == "SRV"


def test_a_namespace_of_the_user_has_the_system_classes_and_no_others(image: ClassImage) -> None:
    assert set(image.names("root\\mine")) == set(image.names("root\\StandardCimv2"))
    assert all(name.startswith("__") for name in image.names("root\\mine"))
    cls = load(image, "__event", "root\\Mine")
    assert cls.namespace == "root\\Mine"
    assert image.load("root\\mine", "Win32_Process") is None
    assert image.load("root\\mine", "__ArbitratorConfiguration") is None


def test_the_standard_consumers_are_in_root_subscription(image: ClassImage) -> None:
    consumers = set(image.children("root\\subscription", "__EventConsumer"))
    assert consumers == {
        "ActiveScriptEventConsumer", "CommandLineEventConsumer", "LogFileEventConsumer", "NTEventLogEventConsumer",
        "SMTPEventConsumer",
    }  # fmt: skip
    for name in consumers:
        cls = load(image, name, "root\\subscription")
        assert cls.keys == ("Name",)
        assert image.load(CIMV2, name) is None
    assert load(image, "LogFileEventConsumer", "root\\subscription")["MaximumFileSize"] == 65535
    assert load(image, "CommandLineEventConsumer", "root\\subscription")["Priority"] == 0x20


@pytest.mark.parametrize(
    ("name", "superclass", "own"),
    [
        ("Win32_ProcessStartTrace", "Win32_ProcessTrace", set()),
        ("Win32_ProcessStopTrace", "Win32_ProcessTrace", {"ExitStatus"}),
        ("Win32_VolumeChangeEvent", "Win32_DeviceChangeEvent", {"DriveName"}),
        ("Win32_ComputerShutdownEvent", "Win32_ComputerSystemEvent", {"Type"}),
    ],
)
def test_events_of_the_machine_are_extrinsic(image: ClassImage, name: str, superclass: str, own: set[str]) -> None:
    cls = load(image, name)
    assert cls.superclass == superclass
    assert cls.inherits_from("__ExtrinsicEvent")
    assert {prop.name for prop in cls.properties.values() if prop.local} == own


def test_the_clocks_are_singletons_of_one_provider(image: ClassImage) -> None:
    for name in ("Win32_LocalTime", "Win32_UTCTime"):
        cls = load(image, name)
        assert (cls.is_singleton, cls.is_dynamic, cls.provider_name) == (True, True, "Win32ClockProvider")
        assert "Milliseconds" in cls.properties


def test_some_system_classes_are_in_root_only(image: ClassImage) -> None:
    only_root = set(image.names("root")) - set(image.names("root\\StandardCimv2"))
    assert only_root == {
        "__ArbitratorConfiguration", "__ProviderHostQuotaConfiguration", "__CIMOMIdentification",
        "__EventConsumerProviderCacheControl", "__EventProviderCacheControl", "__EventSinkCacheControl",
        "__ObjectProviderCacheControl", "__PropertyProviderCacheControl",
    }  # fmt: skip
    assert set(image.names("root\\default")) - set(image.names("root\\subscription")) == {"__CIMOMIdentification"}


def test_the_tree_of_system_classes(image: ClassImage) -> None:
    derivations = {
        "__InstanceModificationEvent": ("__InstanceOperationEvent", "__Event", "__IndicationRelated", "__SystemClass"),
        "__ExtendedStatus": ("__NotifyStatus",),
        "__Trustee": ("__SecurityRelatedClass",),
        "__InstanceProviderRegistration": (
            "__ObjectProviderRegistration", "__ProviderRegistration", "__SystemClass"
        ),
        "__IntervalTimerInstruction": (
            "__TimerInstruction", "__EventGenerator", "__IndicationRelated", "__SystemClass"
        ),
    }  # fmt: skip
    for name, derivation in derivations.items():
        assert load(image, name).derivation == derivation


def test_defaults_of_system_classes(image: ClassImage) -> None:
    binding = load(image, "__FilterToConsumerBinding")
    assert (binding["DeliverSynchronously"], binding["DeliveryQoS"]) == (False, None)
    assert set(binding.keys) == {"Consumer", "Filter"}
    assert binding.is_association
    assert binding.properties["Filter"].cimtype == "ref:__EventFilter"
    assert load(image, "__ObjectProviderRegistration")["SupportsEnumeration"] is False
    assert load(image, "__InstanceProviderRegistration")["SupportsEnumeration"] is True
    assert load(image, "__EventFilter")["CreatorSID"] == (1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0)
    assert load(image, "__Win32Provider")["Pure"] is True


def test_singletons_of_every_namespace_have_their_path(image: ClassImage) -> None:
    layout = load(image, "__SystemSecurity").layout
    assert CimInstance(layout, layout.unset, Origin("SRV", CIMV2))["__RELPATH"] == "__SystemSecurity=@"


def test_children_and_top_level_classes(image: ClassImage) -> None:
    assert image.children(CIMV2, "cim_process") == ("Win32_Process",)
    assert image.children(CIMV2, "Win32_Process") == ()
    tops = image.children(CIMV2, None)
    assert "CIM_ManagedSystemElement" in tops
    assert "CIM_LogicalElement" not in tops
    for cls in everything(image):
        assert cls.namespace is not None
        assert cls.name in image.children(cls.namespace, cls.superclass)


def test_unknown_names_are_none(image: ClassImage) -> None:
    assert image.load(CIMV2, "Win32_Nothing") is None
    assert image.load("root", "Win32_Process") is None
    assert image.load(CIMV2, "") is None


def test_a_class_is_loaded_once_whatever_the_case(image: ClassImage) -> None:
    assert image.load("ROOT\\CIMV2", "win32_process") is image.load(CIMV2, "Win32_Process")
    assert load(image, "win32_process", "ROOT\\cimv2")["__NAMESPACE"] == CIMV2


def test_loading_one_class_decodes_only_its_ancestors() -> None:
    image = ClassImage.open()
    image.load(CIMV2, "Win32_Process")
    assert {name for _, name in image._loaded} == {
        "win32_process", "cim_process", "cim_logicalelement", "cim_managedsystemelement"
    }  # fmt: skip
    assert image._tables is None  # no qualifier was looked at


def test_without_server_the_classes_have_no_path() -> None:
    cls = ClassImage.open().load(CIMV2, "Win32_Process")
    assert cls is not None
    assert cls["__PATH"] is None


def test_every_class_obeys_the_rules_and_can_be_built_again_from_its_declarations(image: ClassImage) -> None:
    for cls in everything(image):
        draft = ClassDraft.of(cls)
        if not cls.name.startswith("_"):
            assert draft.build() == cls
        else:
            again = draft.build(check=False)
            assert again == cls
            class_rules.check_class(again, cls.parent)


def test_every_class_that_is_mentioned_exists(image: ClassImage) -> None:
    for cls in everything(image):
        assert cls.namespace is not None
        mentioned = [prop.target_class for prop in cls.properties.values()]
        for method in cls.methods.values():
            for side in (method.in_signature, method.out_signature):
                mentioned += [] if side is None else [prop.target_class for prop in side.properties.values()]
        for name in filter(None, mentioned):
            assert image.load(cls.namespace, name) is not None, (cls.name, name)


def test_every_property_says_its_type_and_access(image: ClassImage) -> None:
    for cls in everything(image):
        for prop in cls.properties.values():
            assert prop.qualifiers.entries()[0].value == prop.cimtype
            assert "read" in prop.qualifiers, (cls.name, prop.name)
            assert prop.is_key == prop.qualifiers.is_true("key")


def test_intervals_are_marked(image: ClassImage) -> None:
    prop = load(image, "__EventSinkCacheControl", "root").properties["ClearAfter"]
    assert prop.type == CimType.DATETIME
    assert prop.qualifiers["SubType"] == "interval"


@pytest.mark.parametrize(
    "octets",
    [b"", b"something else\n", b"wmix-class-image 2 0 0\n", b"wmix-class-image 1\n", b"\xff\xfe\n"],
)
def test_foreign_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(ProtocolError, match="no class image of version 1"):
        ClassImage(octets)


def test_an_image_can_be_read_from_elsewhere(tmp_path: Path) -> None:
    copy = tmp_path / "copy.img"
    copy.write_bytes(IMAGE.read_bytes())
    assert ClassImage.open(path=copy).load(CIMV2, "Win32_Group") is not None
    with pytest.raises(FileNotFoundError):
        ClassImage.open(path=tmp_path / "none.img")


def test_a_user_class_below_a_served_one_must_be_dynamic(image: ClassImage) -> None:
    with pytest.raises(WmiError) as caught:
        ClassDraft(load(image, "Win32_Process"), name="My_Process").build()
    assert caught.value.status == codes.WBEM_E_INVALID_SUPERCLASS
