"""What goes wrong between the Web Connector, QuickBooks and us, in words that the person at that PC can act on.

Rows     code: meaning, cause, remedy, policy; see ``status`` for what the policies are
Source   QBWC Programmer's Guide, Intuit's support pages and reports from the field
"""

from __future__ import annotations

_PREFERENCES = "Edit > Preferences > Integrated Applications > Company Preferences"
_FAULT = "Report this to us as a fault."
_LATER = "Nothing to do; the next run tries again."
_REINSTALL = "Repair or reinstall QuickBooks on this PC."

HRESULTS: dict[str, tuple[str, str, str, str]] = {
    "0x80040154": ("Not registered", "The QuickBooks request processor is not installed.", _REINSTALL, "HUMAN"),
    "0x80040400": (
        "QuickBooks could not read the request",
        "The request's XML was refused as a whole; nothing was carried out.",
        "The request at fault is found and put aside; look at it under Requests.",
        "FIX_REQUEST",
    ),
    "0x80040401": (
        "QuickBooks cannot be reached",
        "The installation is damaged, or QuickBooks and the Web Connector run under different rights.",
        "Start both as the same user, neither as administrator. If it stays so, repair QuickBooks.",
        "RETRY_LATER",
    ),
    "0x80040402": (
        "Unexpected error in QuickBooks",
        "QuickBooks failed without saying why.",
        "Restart QuickBooks. If it stays so, update or repair it.",
        "RETRY_LATER",
    ),
    "0x80040403": (
        "The company file could not be opened",
        "The file was moved, renamed, or this Windows user may not open it.",
        "Open the file in QuickBooks on this PC, then run the update again.",
        "HUMAN",
    ),
    "0x80040404": ("No qbXML in this QuickBooks", "This edition has no interface for us.", _REINSTALL, "HUMAN"),
    "0x80040405": ("A part of QuickBooks is missing", "The qbXML component is not installed.", _REINSTALL, "HUMAN"),
    "0x80040406": (
        "The company file is of another version",
        "The file needs a newer QuickBooks, or its version is unknown.",
        "Open the file in the QuickBooks version that it belongs to.",
        "HUMAN",
    ),
    "0x80040407": ("QuickBooks is not complete", "The installation is not complete.", _REINSTALL, "HUMAN"),
    "0x80040408": (
        "QuickBooks could not be started",
        "Nobody is signed in to Windows, access while QuickBooks is closed was not allowed, or the file was moved.",
        "Sign in to Windows and open QuickBooks with the company file; allow access even if QuickBooks is not running.",
        "RETRY_LATER",
    ),
    "0x80040409": (
        "QuickBooks cannot work with this file",
        "The installed version does not fit the company file.",
        "Open the file in the QuickBooks version that it belongs to.",
        "HUMAN",
    ),
    "0x8004040A": (
        "Another company file is open",
        "QuickBooks has a different company open than the one we belong to.",
        "Open the right company, or close the one that is open.",
        "RETRY_LATER",
    ),
    "0x8004040B": ("The open file's name is unknown", "QuickBooks did not tell it.", _LATER, "RETRY_LATER"),
    "0x8004040C": ("No session", "The Web Connector began no session.", _FAULT, "INTERNAL"),
    "0x8004040D": (
        "The session is over",
        "QuickBooks was restarted while we worked.",
        "Nothing to do; what was under way is looked up in the next run.",
        "END_SESSION",
    ),
    "0x8004040E": (
        "QuickBooks ran out of memory",
        "The answer was too large for QuickBooks.",
        "Restart QuickBooks; less is asked for at a time.",
        "RETRY_LATER",
    ),
    "0x8004040F": ("No connection", "The Web Connector opened no connection.", _FAULT, "INTERNAL"),
    "0x80040410": (
        "The file is open in another mode",
        "The file is open for a single user, and several were asked for, or the other way round.",
        "Switch QuickBooks to multi-user mode.",
        "RETRY_LATER",
    ),
    "0x80040411": ("Two sessions", "A session was begun twice.", _FAULT, "INTERNAL"),
    "0x80040412": ("Two connections", "A connection was opened twice.", _FAULT, "INTERNAL"),
    "0x80040413": ("No roll-back", "QuickBooks Desktop cannot take a message back.", _FAULT, "FIX_REQUEST"),
    "0x80040414": (
        "A dialog box is open in QuickBooks",
        "QuickBooks waits for a person to answer a dialog.",
        "Close every dialog box in QuickBooks; the next run tries again.",
        "RETRY_LATER",
    ),
    "0x80040415": ("No application name", "The Web Connector did not say who we are.", _FAULT, "INTERNAL"),
    "0x80040416": (
        "QuickBooks is closed",
        "QuickBooks does not run, and no company file was named.",
        "Open QuickBooks with the company file, or tell us where the file is.",
        "SUPPLY_PATH",
    ),
    "0x80040417": (
        "No company file is open",
        "QuickBooks runs without a company file, and none was named.",
        "Open the company file in QuickBooks, or tell us where the file is.",
        "SUPPLY_PATH",
    ),
    "0x80040418": (
        "The Admin has to allow us once",
        "We have never worked with this company file, and only the Admin can allow it.",
        "Sign in to QuickBooks as Admin in single-user mode, press Update Selected, and choose Yes, always.",
        "HUMAN",
    ),
    "0x80040419": ("The signature was refused", "The application's signature is not accepted.", _FAULT, "HUMAN"),
    "0x8004041A": (
        "We are not allowed in this file",
        "Our access to this company file was withdrawn.",
        f"Allow it under {_PREFERENCES}.",
        "HUMAN",
    ),
    "0x8004041B": ("QuickBooks is locked", "The access rights are locked for a moment.", _LATER, "RETRY_LATER"),
    "0x8004041C": ("QuickBooks had an internal error", "It failed while opening the file.", _LATER, "RETRY_LATER"),
    "0x8004041D": (
        "Automatic login is not allowed",
        "We may not work while nobody is signed in to QuickBooks.",
        f"Under {_PREFERENCES} > Properties, tick “Allow this application to login automatically” and choose a user.",
        "HUMAN",
    ),
    "0x8004041E": (
        "The certificate has expired",
        "The application's certificate is no longer valid.",
        "Sign in to QuickBooks, run the update again and choose Yes, always.",
        "HUMAN",
    ),
    "0x8004041F": ("QuickBooks Basic", "This edition takes no requests.", "Use Pro, Premier or Enterprise.", "HUMAN"),
    "0x80040420": (
        "Access was refused",
        "Somebody answered No when QuickBooks asked whether we may have access.",
        "Press Update Selected again and choose Yes, always.",
        "HUMAN",
    ),
    "0x80040421": (
        "QuickBooks has a message",
        "QuickBooks passes a message of its own on.",
        "Read the message beside this.",
        "HUMAN",
    ),
    "0x80040422": (
        "Another program is in the file",
        "Single-user access was asked for while another program or person uses the file.",
        "Close other programs that use the company file.",
        "RETRY_LATER",
    ),
    "0x80040423": (
        "The qbXML version is unknown",
        "This QuickBooks is older than the version that we speak.",
        "Nothing to do; an older version is used from now on.",
        "FIX_REQUEST",
    ),
    "0x80040424": ("QuickBooks is starting", "It has not finished starting.", _LATER, "RETRY_LATER"),
    "0x80040425": ("A parameter is not valid", "A call to QuickBooks was wrong.", _FAULT, "INTERNAL"),
    "0x80040426": ("Scripts are not allowed", "QuickBooks refused a script.", _FAULT, "INTERNAL"),
    "0x80040427": ("QuickBooks is not registered", "It was never registered.", "Register QuickBooks.", "HUMAN"),
    "0x80040428": ("The request is not supported", "QuickBooks does not take it.", _FAULT, "FIX_REQUEST"),
    "0x80040429": ("The messages are not supported", "QuickBooks does not take them.", _FAULT, "FIX_REQUEST"),
    "0x8004042A": (
        "No remote access",
        "QuickBooks may not be used from another PC.",
        "Run the Web Connector on the PC where QuickBooks is.",
        "HUMAN",
    ),
    "0x8004042B": ("The interface is not supported", "QuickBooks does not have it.", _FAULT, "INTERNAL"),
    "0x8004042C": ("The certificate was revoked", "It is no longer accepted.", _FAULT, "HUMAN"),
    "0x80010105": ("QuickBooks stopped", "QuickBooks ended while it worked.", _LATER, "END_SESSION"),
    "0x80010108": ("QuickBooks stopped", "QuickBooks ended while it worked.", _LATER, "END_SESSION"),
    "0x800706BA": ("QuickBooks stopped", "QuickBooks cannot be reached any more.", _LATER, "END_SESSION"),
    "0x800706BE": ("QuickBooks stopped", "QuickBooks ended while it worked.", _LATER, "END_SESSION"),
}

_SETUP = "The set-up file is faulty."
_AGAIN = "Download the set-up file again and add it in the Web Connector."
_OPEN = "Open QuickBooks with the company file, close every dialog box, and press Update Selected again."
_LOG = "Close the Web Connector, check that the disk is not full, rename QWCLog.txt, and start it again."
_OURS = "Our server had a problem, or the network did."
_NOTHING_LOST = "Nothing is lost; it is tried again. If it stays so, tell whoever runs our server."
_PASSWORD = "Copy the password again, paste it in the Web Connector, press Enter and save it."
_STAMPED = (
    "Use the set-up file that you added first. Otherwise remove the old entry from the company file as Admin, "
    "in single-user mode, with Intuit's tool; on hosted QuickBooks ask the host."
)

_GROUPS: list[tuple[tuple[int, ...], str, str, str, str]] = [
    ((1000,), "Service and support address differ", _SETUP, _AGAIN, "HUMAN"),
    (
        (1001, 1002),
        "The address is a number",
        _SETUP,
        "Set PUBLIC_URL to a host name, then download it again.",
        "ADMIN",
    ),
    (
        (1003, 1004),
        "The support page could not be reached",
        "This PC cannot open our address: no Internet, a firewall, or our server is down.",
        "Open the address in the browser on this PC. If that fails, check the Internet and the firewall.",
        "HUMAN",
    ),
    ((1005, 1006, 1033), "The Web Connector could not start", "Its log cannot be written.", _LOG, "HUMAN"),
    (
        (1007, 1008, 1009, 1022, 1023, 1024),
        "QuickBooks could not be reached",
        "QuickBooks is closed, has no company file open, or waits in a dialog box.",
        _OPEN,
        "HUMAN",
    ),
    (
        (1010, 1051),
        "The address must be https",
        "Our address is plain http, which only works on the same PC.",
        "Serve the application with https and a certificate that this PC trusts, then download the set-up file again.",
        "ADMIN",
    ),
    (
        (1011, 1032),
        "The list of applications is out of step",
        "The Web Connector's list and Windows's registry differ.",
        "Exit the Web Connector, also beside the clock, start it again and add the set-up file again.",
        "HUMAN",
    ),
    (
        (1012,),
        "The Web Connector could not talk to us",
        "Our server is down, its certificate is not trusted, or it answered nonsense. It is not a wrong password.",
        "Check the Internet and the date of this PC, then press Update Selected. Otherwise see our server's log.",
        "ADMIN",
    ),
    (
        (1013,),
        "QuickBooks refused the connection",
        "The reason is in the code that begins with 0x beside it.",
        "Do what that code says.",
        "HUMAN",
    ),
    (
        (1014,),
        "QuickBooks did not say who it is",
        "It gave no host or company data.",
        "Restart QuickBooks.",
        "RETRY_LATER",
    ),
    (
        (1015, 1017, 1031),
        "The update ended with an error",
        "Something of this run failed.",
        "Look at the errors that we show for this run.",
        "HUMAN",
    ),
    (
        (1016, 1018, 1019),
        "Nothing was selected",
        "No application is ticked.",
        "Tick the box left of the application and press Update Selected.",
        "HUMAN",
    ),
    (
        (1020,),
        "Scheduled updates would stop",
        "Closing the Web Connector stops the sync.",
        "Choose No, then Hide.",
        "HUMAN",
    ),
    (
        (1021, 1034),
        "The QuickBooks edition or version does not fit",
        "The request processor is damaged, or the set-up file excludes this edition.",
        "Repair QuickBooks and the Web Connector.",
        "HUMAN",
    ),
    ((1025, 1026, 1027), "The file's id could not be stored", "The company file knows us already.", _STAMPED, "HUMAN"),
    (
        (1028, 1029, 1038),
        "The stored password cannot be read",
        "The Windows profile changed.",
        "Type the password again.",
        "HUMAN",
    ),
    ((1030,), "No password", "No password was typed in the Web Connector.", _PASSWORD, "HUMAN"),
    (
        (1035,),
        "This PC does not know localhost",
        "The name localhost does not lead to this PC.",
        "Ask your administrator to restore localhost in the hosts file.",
        "HUMAN",
    ),
    (
        (1036, 1037, 1046),
        "The version check failed",
        "Our server asks for another version of the Web Connector, or did not answer.",
        "Update the Web Connector.",
        "HUMAN",
    ),
    (
        (1039,),
        "The application could not be added",
        "The company file knows us already, or the person signed in is not the Admin.",
        _STAMPED,
        "HUMAN",
    ),
    ((1040,), "Wrong user or password", "The password is not the one that we know.", _PASSWORD, "HUMAN"),
    ((1041, 1042, 1043, 1044, 1045), "A call to our server failed", _OURS, _NOTHING_LOST, "RETRY_LATER"),
    (
        (1048,),
        "The server's certificate could not be checked",
        "The page behind our address does not answer, or its certificate is not trusted.",
        "Use a public certificate with its whole chain; on the PC check the date and the Windows updates.",
        "ADMIN",
    ),
    (
        (1085,),
        "The log file cannot be written",
        "Most often a damaged QWCLog.txt; reports from the field differ.",
        _LOG,
        "HUMAN",
    ),
]
QBWC: dict[int, tuple[str, str, str, str]] = {
    code: (meaning, cause, remedy, policy) for codes, meaning, cause, remedy, policy in _GROUPS for code in codes
}
