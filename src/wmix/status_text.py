"""What each status code means and what to do about it, in one text; ``status`` reads it when a code is explained.

One entry is a line ``SYMBOL: meaning`` and, indented under it, the advice; codes that nobody meets have none.  The
values are the constants of ``status``, in the same order and under the same headings; a test holds them together.

Depends on nothing.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TEXT"]

TEXT: Final = r"""
# [MS-WMI] 2.2.11 WBEMSTATUS: success codes
WBEM_S_NO_ERROR: success
WBEM_S_FALSE: fewer objects than asked for, the end, or the answer "no"
WBEM_S_ALREADY_EXISTS: it was there already (not used by current servers)
WBEM_S_RESET_TO_DEFAULT: the override was removed and the inherited value shows again
WBEM_S_DIFFERENT: the two objects differ
WBEM_S_TIMEDOUT: the wait is over before the call is; objects read so far were delivered
    Not a failure: ask again to wait longer, or release the handle to stop the call.
WBEM_S_NO_MORE_DATA: the enumeration of names has ended
WBEM_S_OPERATION_CANCELLED: the operation was cancelled
WBEM_S_PENDING: the operation is still running (not used by current servers)
WBEM_S_DUPLICATE_OBJECTS: the result contains duplicates (not used by current servers)
WBEM_S_ACCESS_DENIED: some objects were withheld because a right is missing
    Ask again as a user with more rights to see all objects.
WBEM_S_PARTIAL_RESULTS: the result is incomplete
    One of several sources failed; use what came, or ask for fewer classes at a time.
WBEM_S_SOURCE_NOT_AVAILABLE: a source of the data cannot be reached at the moment
    Try again later.
WBEM_S_NEW_STYLE: the sink understands packed object arrays
WBEM_S_LIMITED_SERVICE: the provider started, but offers only a part of its service
WBEM_S_INDIRECTLY_UPDATED: reserved
WBEM_S_SUBJECT_TO_SDS: deliver the event only after a check of its security descriptor
# [MS-WMI] 2.2.11 WBEMSTATUS: failures
WBEM_E_FAILED: the operation failed for a reason that was not told
    Look at the extended status, if one came, and at the log of the other side.
WBEM_E_NOT_FOUND: the object does not exist
    Check the spelling of class and keys; list what exists with a query on the class.
WBEM_E_ACCESS_DENIED: the user has not the right to do this
    Grant the right on the namespace (enable, remote enable, execute methods, write) or log in as
    another user.
WBEM_E_PROVIDER_FAILURE: the provider failed while it was working
    Ask for fewer properties to find the one that fails, and look at the provider's own log.
WBEM_E_TYPE_MISMATCH: the value has the wrong type
    Compare the value with the property's CIM type in the class.
WBEM_E_OUT_OF_MEMORY: no memory left
    Ask for fewer properties and objects, and read forward only.
WBEM_E_INVALID_CONTEXT: a context value is wrong or missing
    Check names and types of the named values that the provider requires.
WBEM_E_INVALID_PARAMETER: an argument is missing or wrong, or a flag is not allowed here
    Compare the arguments and the flags with those that the operation takes.
WBEM_E_NOT_AVAILABLE: the resource is not there, most often a server that does not answer
    Check that the machine is up and reachable.
WBEM_E_CRITICAL_ERROR: internal error that ended the operation
    Try again; if it happens again, restart the service on the other side.
WBEM_E_INVALID_STREAM: the data received are corrupt
    Record the conversation and report it: this is a defect of one of the two sides.
WBEM_E_NOT_SUPPORTED: the feature is not supported
    The class or the host cannot do this; look for another class that can.
WBEM_E_INVALID_SUPERCLASS: the parent class does not exist or cannot be a parent
    Create the parent class first, and check its spelling.
WBEM_E_INVALID_NAMESPACE: the namespace does not exist
    List the namespaces one level up, and check the spelling.
WBEM_E_INVALID_OBJECT: the object cannot be used for this, or is of the wrong kind
    Fill in the keys, and pass an instance where an instance is wanted.
WBEM_E_INVALID_CLASS: the class does not exist in this namespace, or is of the wrong kind
    Check spelling and namespace: the class may exist in another one.
WBEM_E_PROVIDER_NOT_FOUND: the class names a provider that is not registered
    Register the provider in this namespace.
WBEM_E_INVALID_PROVIDER_REGISTRATION: the registration of the provider is incomplete
    Compare the registration instances with what the provider needs.
WBEM_E_PROVIDER_LOAD_FAILURE: the provider cannot be loaded
    Reinstall the software that the provider belongs to, and check its file and its rights.
WBEM_E_INITIALIZATION_FAILURE: a component could not start
    Look at the log of the other side; restarting the service helps when memory was short.
WBEM_E_TRANSPORT_FAILURE: the connection to the host could not be made or was lost
    Check that the host answers and that the firewall lets remote management through.
WBEM_E_INVALID_OPERATION: the operation is not allowed on this object or in this state
    A forward-only result cannot be reset or cloned; system classes cannot be changed.
WBEM_E_INVALID_QUERY: the query is wrong
    Check class, property names and operators; text values stand in quotes.
WBEM_E_INVALID_QUERY_TYPE: the query language is not known
    Use WQL.
WBEM_E_ALREADY_EXISTS: the object to be created exists already
    Allow an update, or choose other keys.
WBEM_E_OVERRIDE_NOT_ALLOWED: the qualifier may not be overridden
    Leave the inherited value: its flavor forbids another one.
WBEM_E_PROPAGATED_QUALIFIER: an inherited qualifier cannot be deleted here
    Delete it where it is defined.
WBEM_E_PROPAGATED_PROPERTY: an inherited property cannot be deleted here
    Delete it in the class that defines it.
WBEM_E_UNEXPECTED: the call was made out of order
    Begin the enumeration before asking for its next element.
WBEM_E_ILLEGAL_OPERATION: this kind of object does not have that operation
    Classes and instances offer different operations; take the other one of the two.
WBEM_E_CANNOT_BE_KEY: this property cannot be a key
    Keys are declared in classes only, and not on arrays, reals or embedded objects.
WBEM_E_INCOMPLETE_CLASS: the class is not complete or not registered
    Give the class a name and put it before making instances.
WBEM_E_INVALID_SYNTAX: the text of the query is wrong
    Check the query against the grammar of WQL.
WBEM_E_NONDECORATED_OBJECT: reserved
WBEM_E_READ_ONLY: the property cannot be written
    Change it with a method of the class, if there is one.
WBEM_E_PROVIDER_NOT_CAPABLE: the provider does not offer this operation
    Read the class's methods: many providers change things only through them.
WBEM_E_CLASS_HAS_CHILDREN: the class has subclasses that the change would affect
    Use the safe or force update mode, or change the subclasses first.
WBEM_E_CLASS_HAS_INSTANCES: the class has instances that the change would affect
    Delete the instances first, or use the force update mode.
WBEM_E_QUERY_NOT_IMPLEMENTED: reserved
WBEM_E_ILLEGAL_NULL: NULL is not allowed here
    Give a value: keys and properties marked Not_Null need one.
WBEM_E_INVALID_QUALIFIER_TYPE: a qualifier cannot have a value of this type
    Use text, a boolean, a 32-bit integer, a real or an array of one of these.
WBEM_E_INVALID_PROPERTY_TYPE: a property cannot have this type
    Use one of the CIM types.
WBEM_E_VALUE_OUT_OF_RANGE: the value does not fit the type
    Check the range of the property's type.
WBEM_E_CANNOT_BE_SINGLETON: this class cannot be a singleton
    A singleton has no keys, and its parent is a singleton too.
WBEM_E_INVALID_CIM_TYPE: no such CIM type
    Use one of the CIM types.
WBEM_E_INVALID_METHOD: the class has no such method
    List the methods of the class and check the spelling.
WBEM_E_INVALID_METHOD_PARAMETERS: the parameters do not fit the method
    Compare names and types with the method's signature.
WBEM_E_SYSTEM_PROPERTY: not possible for a system property
    Names that start with two underscores belong to the system.
WBEM_E_INVALID_PROPERTY: no such property
    List the properties of the class and check the spelling.
WBEM_E_CALL_CANCELLED: the call was cancelled
    Cancelled by the caller, by a released handle, or by the server for want of resources.
WBEM_E_SHUTTING_DOWN: the service is about to stop
    Connect again when it has started.
WBEM_E_PROPAGATED_METHOD: the parent has a method of this name with another signature
    Choose another name, or the same signature.
WBEM_E_UNSUPPORTED_PARAMETER: a parameter is more than this implementation can do
    Try a simpler one.
WBEM_E_MISSING_PARAMETER_ID: a parameter has no ID qualifier
    Number all parameters from 0, except ReturnValue.
WBEM_E_INVALID_PARAMETER_ID: the ID qualifier of a parameter is wrong
    Number all parameters from 0, except ReturnValue.
WBEM_E_NONCONSECUTIVE_PARAMETER_IDS: the ID qualifiers leave a number out
    Number all parameters from 0 without a gap.
WBEM_E_PARAMETER_ID_ON_RETVAL: ReturnValue must not have an ID qualifier
    Remove the qualifier.
WBEM_E_INVALID_OBJECT_PATH: the text is not an object path
    Write Class.Key="value" without blanks around the dot, the comma and the equals sign.
WBEM_E_OUT_OF_DISK_SPACE: the disk of the repository is full
    Make room on the other side.
WBEM_E_BUFFER_TOO_SMALL: the buffer is too small
    Ask for the needed length first.
WBEM_E_UNSUPPORTED_PUT_EXTENSION: the provider cannot write single properties
    Write the whole instance.
WBEM_E_UNKNOWN_OBJECT_TYPE: the received object is of an unknown kind
    Record the conversation and report it.
WBEM_E_UNKNOWN_PACKET_TYPE: the received packet is of an unknown kind
    Record the conversation and report it.
WBEM_E_MARSHAL_VERSION_MISMATCH: the received packet has an unknown version
    Record the conversation and report it.
WBEM_E_MARSHAL_INVALID_SIGNATURE: the received packet does not start as it must
    Record the conversation and report it.
WBEM_E_INVALID_QUALIFIER: the qualifier is not allowed here
    Check on which kinds of element this qualifier may stand.
WBEM_E_INVALID_DUPLICATE_PARAMETER: an in-out parameter is declared differently on the two sides
    Give both declarations the same type and the same qualifiers.
WBEM_E_TOO_MUCH_DATA: reserved
WBEM_E_SERVER_TOO_BUSY: too busy to take more
    Try again after a moment.
WBEM_E_INVALID_FLAVOR: the qualifier flavors contradict each other or are not known
    Use only flavors that may stand together.
WBEM_E_CIRCULAR_REFERENCE: a class would be derived from itself
    Choose a parent that is not below the class.
WBEM_E_UNSUPPORTED_CLASS_UPDATE: this change of a class is not possible
    Delete the class and create it anew.
WBEM_E_CANNOT_CHANGE_KEY_INHERITANCE: inherited keys cannot be changed
    Leave the keys as the parent has them.
WBEM_E_CANNOT_CHANGE_INDEX_INHERITANCE: inherited indexes cannot be changed
    Leave the indexes as the parent has them.
WBEM_E_TOO_MANY_PROPERTIES: more properties than a class may have
    A class has at most 1,024 properties.
WBEM_E_UPDATE_TYPE_MISMATCH: the change gives a property that subclasses use another type
    Change the subclasses first, or keep the type.
WBEM_E_UPDATE_OVERRIDE_NOT_ALLOWED: the change forbids an override that a subclass has
    Change the subclasses first.
WBEM_E_UPDATE_PROPAGATED_METHOD: the change adds a method that a subclass has already
    Change the subclasses first.
WBEM_E_METHOD_NOT_IMPLEMENTED: the method is declared but not implemented
    The provider of this class does not do it; look at its subclasses.
WBEM_E_METHOD_DISABLED: the method is disabled for this class
    Its Disabled qualifier says so; look at the other classes of the family.
WBEM_E_REFRESHER_BUSY: the refresher is in use
    Wait until the refresh has ended.
WBEM_E_UNPARSABLE_QUERY: the event query is wrong
    Check the query against the grammar of WQL event queries.
WBEM_E_NOT_EVENT_CLASS: the class after FROM is not an event class
    Use a class derived from __Event, such as __InstanceCreationEvent.
WBEM_E_MISSING_GROUP_WITHIN: GROUP BY needs GROUP WITHIN
    Add GROUP WITHIN and the interval in seconds.
WBEM_E_MISSING_AGGREGATION_LIST: the list of GROUP BY is missing or wrong
    Name the properties to group by.
WBEM_E_PROPERTY_NOT_AN_OBJECT: a property used with a dot is not an embedded object
    Only embedded objects, such as TargetInstance, have properties of their own.
WBEM_E_AGGREGATING_BY_OBJECT: grouping by an embedded object is not possible
    Group by one of its properties.
WBEM_E_UNINTERPRETABLE_PROVIDER_QUERY: the event provider's registered query cannot be read
    Correct the event provider's registration.
WBEM_E_BACKUP_RESTORE_WINMGMT_RUNNING: a backup or restore is running, or the service has to be stopped for it
    Wait until it has ended.
WBEM_E_QUEUE_OVERFLOW: events came faster than they could be delivered, and some were dropped
    Make the event query narrower, or read faster.
WBEM_E_PRIVILEGE_NOT_HELD: the operation needs a privilege that is not enabled
    Enable the privilege named in the method's Privileges qualifier.
WBEM_E_INVALID_OPERATOR: the operator does not fit the type of the property
    Text knows LIKE and the comparisons; booleans and references only = and <>.
WBEM_E_LOCAL_CREDENTIALS: user and password were given for this machine
    Leave them out: a local connection runs as the current user.
WBEM_E_CANNOT_BE_ABSTRACT: this class cannot be abstract
    A class derived from one that has instances must be able to have them too.
WBEM_E_AMENDED_OBJECT: the object carries localised qualifiers and cannot be written as it is
    Read it without amended qualifiers, or say in the flags that they are meant.
WBEM_E_CLIENT_TOO_SLOW: the client did not take the objects in time
    Read faster, or ask for fewer objects at a time.
WBEM_E_NULL_SECURITY_DESCRIPTOR: the event source has no security descriptor
    Set a security descriptor on the class or the event.
WBEM_E_TIMED_OUT: the time given is over
    Allow more time, or ask for less: select only the properties and objects that are needed.
WBEM_E_INVALID_ASSOCIATION: the association is wrong
    An association has at least two references that name existing classes.
WBEM_E_AMBIGUOUS_OPERATION: it is not clear which object is meant
    Name all of the keys.
WBEM_E_QUOTA_VIOLATION: a limit of the service was reached
    Ask for less at a time, or have the limit raised.
WBEM_E_TRANSACTION_CONFLICT: two transactions got in each other's way
    Try again.
WBEM_E_FORCED_ROLLBACK: the transaction was undone
    Try again.
WBEM_E_UNSUPPORTED_LOCALE: the locale is not supported
    Connect without a locale.
WBEM_E_HANDLE_OUT_OF_DATE: the handle is no longer valid
    Take a new one.
WBEM_E_CONNECTION_FAILED: the connection to the database failed
    Check the address of the repository and that its database runs.
WBEM_E_INVALID_HANDLE_REQUEST: the handle does not allow this request
    Take a handle of the right kind.
WBEM_E_PROPERTY_NAME_TOO_WIDE: the name of a property is too long
    Use at most 255 characters.
WBEM_E_CLASS_NAME_TOO_WIDE: the name of a class is too long
    Use at most 255 characters.
WBEM_E_METHOD_NAME_TOO_WIDE: the name of a method is too long
    Use at most 255 characters.
WBEM_E_QUALIFIER_NAME_TOO_WIDE: the name of a qualifier is too long
    Use at most 255 characters.
WBEM_E_RERUN_COMMAND: the command has to be run again
    Try again.
WBEM_E_DATABASE_VER_MISMATCH: the repository has another version
    Use the release that made it, or export and import its content.
WBEM_E_VETO_DELETE: the provider refused the deletion
    Look at the extended status for its reason.
WBEM_E_VETO_PUT: the provider refused the change
    Look at the extended status for its reason.
WBEM_E_INVALID_LOCALE: the locale is not valid
    Write MS_ and the hexadecimal number of the language, for example MS_409.
WBEM_E_PROVIDER_SUSPENDED: the provider is suspended
    Have it resumed on the other side.
WBEM_E_SYNCHRONIZATION_REQUIRED: the object has to be brought up to date first
    Read it again and repeat the change.
WBEM_E_NO_SCHEMA: there is no schema for this
    Compile the MOF file that holds the classes.
WBEM_E_PROVIDER_ALREADY_REGISTERED: the provider is registered already
    Unregister it first, or choose another name.
WBEM_E_PROVIDER_NOT_REGISTERED: the provider is not registered
    Register it first.
WBEM_E_FATAL_TRANSPORT_ERROR: the connection is lost for good
    Connect again.
WBEM_E_ENCRYPTED_CONNECTION_REQUIRED: the namespace takes encrypted connections only
    Connect with packet privacy.
WBEM_E_PROVIDER_TIMED_OUT: the provider did not answer in time
    Ask for less, or look on the other side for what holds the provider up.
WBEM_E_NO_KEY: the class has no key, so it cannot have instances
    Give the class a key, or make it a singleton.
WBEM_E_PROVIDER_DISABLED: the provider is switched off
    Have it switched on on the other side.
# Events and providers, [MS-WMI] 2.2.11 and the public headers
WBEMESS_E_REGISTRATION_TOO_BROAD: the event query matches more than can be watched
    Make the WHERE part narrower.
WBEMESS_E_REGISTRATION_TOO_PRECISE: nobody delivers these events by itself
    Add WITHIN and a number of seconds after the class, so that changes are looked for.
WBEMESS_E_AUTHZ_NOT_PRIVILEGED: the account may not look at other users' groups
    Give the service account the right to read group memberships in the domain.
WBEM_E_RETRY_LATER: not now
    Try again after a moment.
WBEM_E_RESOURCE_CONTENTION: something else holds the resource
    Try again after a moment.
# MOF compiler
WBEMMOF_E_EXPECTED_QUALIFIER_NAME: a qualifier name is missing
WBEMMOF_E_EXPECTED_SEMI: a semicolon is missing
WBEMMOF_E_EXPECTED_OPEN_BRACE: an opening brace is missing
WBEMMOF_E_EXPECTED_CLOSE_BRACE: a closing brace or a comma is missing
WBEMMOF_E_EXPECTED_CLOSE_BRACKET: a closing bracket or a comma is missing
WBEMMOF_E_EXPECTED_CLOSE_PAREN: a closing parenthesis is missing
WBEMMOF_E_ILLEGAL_CONSTANT_VALUE: the constant does not fit the type, or cannot be read
WBEMMOF_E_EXPECTED_TYPE_IDENTIFIER: a type name is missing
WBEMMOF_E_EXPECTED_OPEN_PAREN: an opening parenthesis is missing
WBEMMOF_E_UNRECOGNIZED_TOKEN: a word that does not belong here
WBEMMOF_E_UNRECOGNIZED_TYPE: no such type
WBEMMOF_E_EXPECTED_PROPERTY_NAME: a property name is missing
WBEMMOF_E_TYPEDEF_NOT_SUPPORTED: type definitions are not supported
WBEMMOF_E_UNEXPECTED_ALIAS: an alias is not allowed here
WBEMMOF_E_UNEXPECTED_ARRAY_INIT: a list of values is not allowed here
WBEMMOF_E_INVALID_AMENDMENT_SYNTAX: the amendment pragma is wrong
WBEMMOF_E_INVALID_DUPLICATE_AMENDMENT: the amendment pragma stands twice
WBEMMOF_E_INVALID_PRAGMA: no such pragma
WBEMMOF_E_INVALID_NAMESPACE_SYNTAX: the text is not a namespace
WBEMMOF_E_EXPECTED_CLASS_NAME: a class name is missing
WBEMMOF_E_TYPE_MISMATCH: the value has another type than the property
WBEMMOF_E_EXPECTED_ALIAS_NAME: an alias name is missing
WBEMMOF_E_INVALID_CLASS_DECLARATION: the class declaration is wrong
WBEMMOF_E_INVALID_INSTANCE_DECLARATION: the instance declaration is wrong
WBEMMOF_E_EXPECTED_DOLLAR: an alias starts with a dollar sign
WBEMMOF_E_CIMTYPE_QUALIFIER: CIMTYPE cannot be written; the type says it
WBEMMOF_E_DUPLICATE_PROPERTY: the property is declared twice
WBEMMOF_E_INVALID_NAMESPACE_SPECIFICATION: the namespace is not specified correctly
WBEMMOF_E_OUT_OF_RANGE: the value does not fit the type
WBEMMOF_E_INVALID_FILE: the file cannot be used
WBEMMOF_E_ALIASES_IN_EMBEDDED: an embedded object cannot have an alias
WBEMMOF_E_NULL_ARRAY_ELEM: an element of an array cannot be NULL
WBEMMOF_E_DUPLICATE_QUALIFIER: the qualifier stands twice
WBEMMOF_E_EXPECTED_FLAVOR_TYPE: a flavor name is missing
WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES: EnableOverride and DisableOverride cannot stand together
WBEMMOF_E_MULTIPLE_ALIASES: the alias is defined twice
WBEMMOF_E_INCOMPATIBLE_FLAVOR_TYPES2: Restricted cannot stand beside a propagating flavor
WBEMMOF_E_NO_ARRAYS_RETURNED: a method cannot return an array
WBEMMOF_E_MUST_BE_IN_OR_OUT: the parameter is neither In nor Out
WBEMMOF_E_INVALID_FLAGS_SYNTAX: the flags pragma is wrong
WBEMMOF_E_EXPECTED_BRACE_OR_BAD_TYPE: an opening brace is missing, or the type is wrong
WBEMMOF_E_UNSUPPORTED_CIMV22_QUAL_VALUE: the qualifier value is of CIM 2.2 and not supported
WBEMMOF_E_UNSUPPORTED_CIMV22_DATA_TYPE: the data type is of CIM 2.2 and not supported
WBEMMOF_E_INVALID_DELETEINSTANCE_SYNTAX: the deleteinstance pragma is wrong
WBEMMOF_E_INVALID_QUALIFIER_SYNTAX: the qualifier declaration is wrong
WBEMMOF_E_QUALIFIER_USED_OUTSIDE_SCOPE: the qualifier may not stand on this kind of element
WBEMMOF_E_ERROR_CREATING_TEMP_FILE: a temporary file could not be made
WBEMMOF_E_ERROR_INVALID_INCLUDE_FILE: the included file cannot be read
WBEMMOF_E_INVALID_DELETECLASS_SYNTAX: the deleteclass pragma is wrong
# COM: common HRESULTs, [MS-ERREF] 2.1
E_NOTIMPL: not implemented
    The other side does not know this call; use another one.
E_NOINTERFACE: the object does not have this interface
    The host is too old or too new for this interface; use the basic one.
E_POINTER: a required pointer is NULL
    Give all of the required arguments.
E_ABORT: the operation was broken off
    Try again.
E_FAIL: it failed for a reason that was not told
    Look at the log of the other side.
E_PENDING: the data are not there yet
    Ask again after a moment.
E_UNEXPECTED: something that must not happen happened on the other side
    Look at the log of the other side.
CO_E_ACTIVATIONFAILED_TIMEOUT: the activation of the object took too long
    Try again; the service on the other side may be starting.
CO_E_NOTINITIALIZED: COM was not initialised on the thread
CO_E_OBJNOTCONNECTED: the object is not connected to its server
    Connect again.
CLASS_E_NOAGGREGATION: the class cannot be part of another object
REGDB_E_CLASSNOTREG: the class that was to be activated is not registered
    Check that the management service is installed on the host.
MK_E_UNAVAILABLE: the operation is not available
MK_E_SYNTAX: the moniker text is wrong
    Write winmgmts:\\host\namespace:path.
DISP_E_TYPEMISMATCH: the value cannot be turned into the type
    Compare the value with the property's CIM type in the class.
DISP_E_OVERFLOW: the value does not fit the type
    Check the range of the property's type.
CO_E_SERVER_EXEC_FAILURE: the server program could not be started
    Check that the management service is enabled on the host.
CO_E_SERVER_STOPPING: the server is about to stop, or is being restored
    Connect again after a moment.
# COM: remote calls, [MS-DCOM] 2.2 and [MS-ERREF] 2.1
RPC_E_CALL_REJECTED: the other side refused the call
    Try again after a moment.
RPC_E_CALL_CANCELED: the call was cancelled
RPC_E_CONNECTION_TERMINATED: the connection ended, or the server is in a bad state
    Connect again.
RPC_E_SERVER_DIED: the server ended while it was working on the call
    Connect again; look at the log of the other side for the reason.
RPC_E_CLIENT_DIED: the caller ended while the call was running
RPC_E_INVALID_DATAPACKET: a received packet is wrong
    Record the conversation and report it.
RPC_E_INVALID_DATA: received data are wrong
    Record the conversation and report it.
RPC_E_SERVER_DIED_DNE: the server ended before it began to work on the call
    Connect again; the call was not executed.
RPC_E_OUT_OF_RESOURCES: the system has no resources left for remote calls
    Close connections that are not needed.
RPC_E_SERVERFAULT: the server failed inside the call
    Look at the log of the other side; ask for fewer properties to find what fails.
RPC_E_CHANGED_MODE: the thread's COM mode cannot be changed
RPC_E_INVALIDMETHOD: the interface has no method of that number
    The host is older than the interface used.
RPC_E_DISCONNECTED: the object on the other side is gone: released, or not pinged in time
    Connect again and repeat the call.
RPC_E_RETRY: the other side asks to try again
    Try again after a moment.
RPC_E_SERVERCALL_RETRYLATER: the server is busy with another call
    Try again after a moment.
RPC_E_SERVERCALL_REJECTED: the server refused the call
    Try again after a moment.
RPC_E_WRONG_THREAD: the object belongs to another thread
RPC_E_VERSION_MISMATCH: the host does not know this version of DCOM
    Old systems need version 5.6 or less.
RPC_E_INVALID_HEADER: the header of the remote call is wrong
    Current systems refuse DCOM versions before 5.7; set the version accordingly.
RPC_E_INVALID_EXTENSION: an extension of the remote call is wrong
RPC_E_INVALID_IPID: the interface pointer named in the call does not exist
    Connect again and repeat the call.
RPC_E_INVALID_OBJECT: the object named in the call does not exist
    Connect again and repeat the call.
RPC_E_CALL_COMPLETE: the call has ended already
RPC_E_UNSECURE_CALL: the call was not secured well enough
    Use packet integrity or packet privacy.
RPC_E_TOO_LATE: security settings cannot be changed any more
RPC_E_NO_GOOD_SECURITY_PACKAGES: the two sides have no way of authentication in common
    Allow another one: Kerberos, NTLM or Negotiate.
RPC_E_ACCESS_DENIED: the other side refused the remote call
    Check the user's rights for remote launch and activation on the host.
RPC_E_REMOTE_DISABLED: remote calls are switched off on the host
    Enable DCOM on the host.
RPC_E_INVALID_OBJREF: the object reference is wrong
    Record the conversation and report it.
RPC_E_TIMEOUT: the remote call took too long
    Allow more time, or ask for less.
CO_E_FAILEDTOIMPERSONATE: the server could not act as the caller
    Use the impersonation level "impersonate" or higher.
CO_E_CANCEL_DISABLED: the call cannot be cancelled
RPC_E_UNEXPECTED: an internal error of remote calls
    Connect again and repeat the call.
# Win32 codes as HRESULT, [MS-ERREF] 2.2; as an RPC fault they come without the 8007
ERROR_FILE_NOT_FOUND: the file does not exist
    Check the path on the other side.
ERROR_PATH_NOT_FOUND: the directory does not exist
    Check the path on the other side.
E_ACCESSDENIED: access denied before the management service was reached, or by the system itself
    Check user and password, the user's remote activation rights, and whether remote local accounts are
    restricted.
E_HANDLE: the handle is not valid
E_OUTOFMEMORY: no memory left
    Ask for fewer properties and objects.
ERROR_NOT_SUPPORTED: the system does not support this
    Look for another class or method that does.
ERROR_BAD_NETPATH: the network path was not found
    Check the name of the host.
E_INVALIDARG: an argument is wrong
    Check the arguments; a locale must name an existing language.
ERROR_SEM_TIMEOUT: the network operation took too long
    Check that the host answers and that the firewall lets remote management through.
ERROR_BUSY: the resource is in use
    Try again after a moment.
ERROR_SERVICE_DISABLED: the service is disabled
    Enable the management service on the host.
ERROR_SERVICE_NOT_ACTIVE: the service does not run
    Start the service on the host.
ERROR_SHUTDOWN_IN_PROGRESS: the machine is shutting down
    Connect again when it is up.
ERROR_CANCELLED: the operation was cancelled
ERROR_CONNECTION_REFUSED: the host refused the connection
    Check that the management service runs and that the firewall lets it through.
ERROR_HOST_UNREACHABLE: the host cannot be reached
    Check the address and the network.
ERROR_NO_LOGON_SERVERS: no domain controller could be asked
    Check the network, or use a local account of the host.
ERROR_PRIVILEGE_NOT_HELD: a required privilege is not held
    Enable the privilege, or log in as a user who holds it.
ERROR_LOGON_FAILURE: unknown user or wrong password
    Check domain, user and password.
ERROR_ACCOUNT_RESTRICTION: the account may not log in this way
    Accounts without a password may not log in over the network.
ERROR_PASSWORD_EXPIRED: the password has expired
    Change the password.
ERROR_ACCOUNT_DISABLED: the account is disabled
    Have the account enabled.
ERROR_LOGON_TYPE_NOT_GRANTED: the user may not log in over the network
    Grant the user the right to access the computer from the network.
ERROR_TIMEOUT: the time given is over
    Allow more time, or ask for less.
RPC_S_INVALID_BINDING: the binding is not valid
    Check the address of the host.
RPC_S_PROTSEQ_NOT_SUPPORTED: the transport is not supported
    Use TCP.
RPC_S_UNKNOWN_IF: the server does not have this interface
    The port answers, but not with the service expected; check the port.
RPC_S_SERVER_UNAVAILABLE: the RPC server cannot be reached
    Check name, port 135 and the ports above 49151 in the firewall, and that the service runs.
RPC_S_SERVER_TOO_BUSY: the server is too busy for the call
    Try again after a moment.
RPC_S_CALL_FAILED: the call failed half-way; it may or may not have been executed
    Connect again; look before repeating a call that changes something.
RPC_S_CALL_FAILED_DNE: the call failed before it was executed
    Connect again and repeat the call.
RPC_S_PROTOCOL_ERROR: a message broke the rules of RPC
    Record the conversation and report it.
RPC_S_UNSUPPORTED_TRANS_SYN: the server does not know the transfer syntax
    Use NDR of 32 bits.
RPC_S_PROCNUM_OUT_OF_RANGE: the interface has no call of that number
    The host is older than the interface used.
RPC_S_UNKNOWN_AUTHN_SERVICE: the way of authentication is not known
    Use Kerberos, NTLM or Negotiate.
RPC_S_UNKNOWN_AUTHN_LEVEL: the authentication level is not known
    Use packet integrity or packet privacy.
EPT_S_NOT_REGISTERED: the endpoint mapper does not know the service
    Check that the service runs on the host.
RPC_S_CANNOT_SUPPORT: the requested operation is not supported
    The host cannot do this call in this way; use a simpler one.
RPC_S_INTERNAL_ERROR: internal error of RPC
    Connect again and repeat the call.
RPC_X_NULL_REF_POINTER: a pointer that must not be NULL was NULL
    Give all of the required arguments.
RPC_X_BAD_STUB_DATA: the encoded arguments are wrong
    Record the conversation and report it.
ERROR_TRUSTED_RELATIONSHIP_FAILURE: the host has lost the trust of its domain
    Use a local account of the host until it has been joined again.
RPC_S_CALL_CANCELLED: the remote call was cancelled
RPC_S_SEC_PKG_ERROR: the security package failed: a wrong signature or token
    Connect again; when it repeats, try another way of authentication.
ERROR_ACCOUNT_LOCKED_OUT: the account is locked
    Wait, or have the account unlocked.
OR_INVALID_OXID: the object exporter is not known
    Connect again: the server program has been restarted.
OR_INVALID_OID: the object is not known to its exporter
    Connect again.
OR_INVALID_SET: the ping set is not known
    Connect again.
# Security support provider, [MS-ERREF] 2.1
SEC_E_UNSUPPORTED_FUNCTION: the security package does not support this
    Try another way of authentication.
SEC_E_TARGET_UNKNOWN: the service's principal is not known
    Connect by the host's full name, or use NTLM.
SEC_E_INTERNAL_ERROR: the authority could not be asked
    Check that a domain controller can be reached.
SEC_E_INVALID_TOKEN: the authentication token is wrong
    Connect again; when it repeats, try another way of authentication.
SEC_E_LOGON_DENIED: unknown user or wrong password
    Check domain, user and password.
SEC_E_UNKNOWN_CREDENTIALS: the credentials were not recognised
    Check domain, user and password.
SEC_E_NO_CREDENTIALS: no credentials available
    Give user and password, or get a Kerberos ticket.
SEC_E_MESSAGE_ALTERED: a message was altered on its way
    Something between the two sides changes messages, or the session keys differ; connect again.
SEC_E_OUT_OF_SEQUENCE: a message came out of sequence
    Connect again.
SEC_E_NO_AUTHENTICATING_AUTHORITY: no authority for authentication could be reached
    Check that a domain controller can be reached.
SEC_E_CONTEXT_EXPIRED: the login has expired
    Connect again.
SEC_E_WRONG_PRINCIPAL: the service runs under another account than its name says
    Check the service principal names in the domain, or use NTLM.
SEC_E_TIME_SKEW: the clocks differ too much
    Set the clocks of client, host and domain controller.
SEC_E_BAD_BINDINGS: the channel bindings differ
    Something stands between the two sides, or one of them does not support channel bindings.
# RPC fault codes, [C706] appendix E
NCA_S_FAULT_INT_DIV_BY_ZERO: the server divided by zero
    Look at the log of the other side.
NCA_S_FAULT_ADDR_ERROR: the server touched memory that is not there
    Look at the log of the other side.
NCA_S_FAULT_CANCEL: the call was cancelled
NCA_S_FAULT_UNSPEC: the server failed for a reason that was not told
    Look at the log of the other side.
NCA_S_FAULT_CONTEXT_MISMATCH: the context handle is not known
    Connect again.
NCA_S_FAULT_REMOTE_NO_MEMORY: the server has no memory left
    Ask for fewer properties and objects.
NCA_S_INVALID_PRES_CONTEXT_ID: the presentation context was not negotiated
    Connect again; when it repeats, record the conversation and report it.
NCA_S_UNSUPPORTED_AUTHN_LEVEL: the server refuses this authentication level
    Use packet integrity or packet privacy.
NCA_S_INVALID_CHECKSUM: a checksum is wrong
    Connect again.
NCA_S_COMM_FAILURE: the connection failed
    Connect again.
NCA_S_OP_RNG_ERROR: the interface has no call of that number
    The host is older than the interface used.
NCA_S_UNK_IF: the server does not have this interface
    The port answers, but not with the service expected; check the port.
NCA_S_WRONG_BOOT_TIME: the server has been restarted since
    Connect again.
NCA_S_YOU_CRASHED: the server takes this client for restarted
    Connect again.
NCA_S_PROTO_ERROR: a message broke the rules of RPC
    Record the conversation and report it.
NCA_S_OUT_ARGS_TOO_BIG: the answer is too large
    Ask for less at a time.
NCA_S_SERVER_TOO_BUSY: the server is too busy for the call
    Try again after a moment.
NCA_S_UNSUPPORTED_TYPE: the object type is not supported
    The host is older than the interface used.
"""
