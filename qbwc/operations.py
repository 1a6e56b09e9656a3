"""The eleven operations of the Web Connector's service, as Intuit spells them, and the WSDL made from them.

Rule     pure; soap.py implements exactly these
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

NAMESPACE = "http://developer.intuit.com/"
NAME = "QBWebConnectorSvc"
TICKET = ("ticket", "string")

# operation -> its parameters in the order of the generated .NET proxy, and the type of its result
OPERATIONS: dict[str, tuple[tuple[tuple[str, str], ...], str]] = {
    "serverVersion": ((), "string"),
    "clientVersion": ((("strVersion", "string"),), "string"),
    "authenticate": ((("strUserName", "string"), ("strPassword", "string")), "ArrayOfString"),
    "sendRequestXML": (
        (
            TICKET,
            ("strHCPResponse", "string"),
            ("strCompanyFileName", "string"),
            ("qbXMLCountry", "string"),
            ("qbXMLMajorVers", "int"),
            ("qbXMLMinorVers", "int"),
        ),
        "string",
    ),
    "receiveResponseXML": (
        (TICKET, ("response", "string"), ("hresult", "string"), ("message", "string")),
        "int",
    ),
    "connectionError": ((TICKET, ("hresult", "string"), ("message", "string")), "string"),
    "getLastError": ((TICKET,), "string"),
    "closeConnection": ((TICKET,), "string"),
    "getInteractiveURL": ((("wcTicket", "string"), ("sessionID", "string")), "string"),
    "interactiveRejected": ((("wcTicket", "string"), ("reason", "string")), "string"),
    "interactiveDone": ((("wcTicket", "string"),), "string"),
}

_TYPES = {"string": "s:string", "int": "s:int", "ArrayOfString": "tns:ArrayOfString"}
_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"


def wsdl(address: str) -> str:
    """The description of the service at this address, from which any SOAP 1.1 client can be made."""
    elements = "".join(_elements(name) for name in OPERATIONS)
    messages = "".join(_messages(name) for name in OPERATIONS)
    port = "".join(
        f'<operation name="{name}"><input message="tns:{name}SoapIn"/><output message="tns:{name}SoapOut"/></operation>'
        for name in OPERATIONS
    )
    binding = "".join(
        f'<operation name="{name}"><soap:operation soapAction="{NAMESPACE}{name}" style="document"/>'
        '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
        for name in OPERATIONS
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="{_SOAP}"'
        f' xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}">'
        f'<types><s:schema elementFormDefault="qualified" targetNamespace="{NAMESPACE}">{elements}'
        '<s:complexType name="ArrayOfString"><s:sequence><s:element name="string" type="s:string" nillable="true"'
        ' minOccurs="0" maxOccurs="unbounded"/></s:sequence></s:complexType></s:schema></types>'
        f'{messages}<portType name="{NAME}Soap">{port}</portType>'
        f'<binding name="{NAME}Soap" type="tns:{NAME}Soap">'
        f'<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>{binding}</binding>'
        f'<service name="{NAME}"><port name="{NAME}Soap" binding="tns:{NAME}Soap">'
        f"<soap:address location={quoteattr(address)}/></port></service></definitions>\n"
    )


def _elements(name: str) -> str:
    parameters, result = OPERATIONS[name]
    return _element(name, parameters) + _element(f"{name}Response", ((f"{name}Result", result),))


def _element(name: str, children: tuple[tuple[str, str], ...]) -> str:
    inside = "".join(
        f'<s:element name="{child}" type="{_TYPES[kind]}" minOccurs="{int(kind == "int")}" maxOccurs="1"/>'
        for child, kind in children
    )
    return f'<s:element name="{name}"><s:complexType><s:sequence>{inside}</s:sequence></s:complexType></s:element>'


def _messages(name: str) -> str:
    return (
        f'<message name="{name}SoapIn"><part name="parameters" element="tns:{name}"/></message>'
        f'<message name="{name}SoapOut"><part name="parameters" element="tns:{name}Response"/></message>'
    )
