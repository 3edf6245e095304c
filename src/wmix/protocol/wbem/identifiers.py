"""Identifiers of the WMI interfaces and classes. [MS-WMI] 1.9."""

from __future__ import annotations

from typing import Final

from wmix.protocol.ndr.guid import Guid

#: The class that a client activates.
CLSID_WbemLevel1Login: Final = Guid.parse("8BC3F05E-D86B-11D0-A075-00C04FB68820")
CLSID_WbemBackupRestore: Final = Guid.parse("C49E32C6-BC8B-11D2-85D4-00105A1F8304")

IID_IWbemLevel1Login: Final = Guid.parse("F309AD18-D86A-11D0-A075-00C04FB68820")
IID_IWbemLoginClientID: Final = Guid.parse("D4781CD6-E5D3-44DF-AD94-930EFE48A887")
IID_IWbemLoginClientIDEx: Final = Guid.parse("9F6C78EF-FCE5-42FA-ABEA-3E7DF91921DC")
IID_IWbemLoginHelper: Final = Guid.parse("541679AB-2E5F-11D3-B34E-00104BCC4B4A")
IID_IWbemServices: Final = Guid.parse("9556DC99-828C-11CF-A37E-00AA003240C7")
IID_IEnumWbemClassObject: Final = Guid.parse("027947E1-D731-11CE-A357-000000000001")
IID_IWbemCallResult: Final = Guid.parse("44ACA675-E8FC-11D0-A07C-00C04FB68820")
IID_IWbemFetchSmartEnum: Final = Guid.parse("1C1C45EE-4395-11D2-B60B-00104B703EFD")
IID_IWbemWCOSmartEnum: Final = Guid.parse("423EC01E-2E35-11D2-B604-00104B703EFD")
IID_IWbemObjectSink: Final = Guid.parse("7C857801-7381-11CF-884D-00AA004B2E24")
IID_IWbemBackupRestore: Final = Guid.parse("C49E32C7-BC8B-11D2-85D4-00105A1F8304")
IID_IWbemBackupRestoreEx: Final = Guid.parse("A359DEC5-E813-4834-8A2A-BA7F1D777D76")
IID_IWbemRefreshingServices: Final = Guid.parse("2C9273E0-1DC3-11D3-B364-00105A1F8177")
IID_IWbemRemoteRefresher: Final = Guid.parse("F1E9C5B2-F59B-11D2-B362-00105A1F8177")
IID_IWbemShutdown: Final = Guid.parse("B7B31DF9-D515-11D3-A11C-00105A1F515A")

IID_IWbemClassObject: Final = Guid.parse("DC12A681-737F-11CF-884D-00AA004B2E24")
#: Unmarshaler of classes and instances.
CLSID_WbemClassObject: Final = Guid.parse("4590F812-1D3A-11D0-891F-00AA004B2E24")
IID_IWbemContext: Final = Guid.parse("44ACA674-E8FC-11D0-A07C-00C04FB68820")
#: Unmarshaler of contexts.
CLSID_WbemContext: Final = Guid.parse("674B6698-EE92-11D0-AD71-00C04FD8FDFF")
