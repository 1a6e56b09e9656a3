"""The rules themselves, as text. See notation.py for the signs and rules.py for how they are used."""

from __future__ import annotations

_LIST_DEL_TYPES = (
    "Account|BillingRate|Class|Currency|Customer|CustomerMsg|CustomerType|DateDrivenTerms|Employee|InventorySite|"
    "ItemDiscount|ItemFixedAsset|ItemGroup|ItemInventory|ItemInventoryAssembly|ItemNonInventory|ItemOtherCharge|"
    "ItemPayment|ItemSalesTax|ItemSalesTaxGroup|ItemService|ItemSubtotal|JobType|OtherName|PaymentMethod|"
    "PayrollItemNonWage|PayrollItemWage|PriceLevel|SalesRep|SalesTaxCode|ShipMethod|StandardTerms|ToDo|"
    "UnitOfMeasureSet|Vehicle|Vendor|VendorType|WorkersCompCode"
)
_TXN_DEL_TYPES = (
    "ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check|CreditCardCharge|"
    "CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|"
    "PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|TimeTracking|TransferInventory|"
    "VehicleMileage|VendorCredit"
)
_TXN_DATA_EXT = (
    "ARRefundCreditCard|Bill|BillPaymentCheck|BillPaymentCreditCard|BuildAssembly|Charge|Check|CreditCardCharge|"
    "CreditCardCredit|CreditMemo|Deposit|Estimate|InventoryAdjustment|Invoice|ItemReceipt|JournalEntry|"
    "PurchaseOrder|ReceivePayment|SalesOrder|SalesReceipt|SalesTaxPaymentCheck|VendorCredit"
)
_ASSIGN_TO = f"Account|Company|Customer|Employee|Item|OtherName|Vendor|{_TXN_DATA_EXT}"
_DATA_EXT_TYPES = "AMTTYPE|DATETIMETYPE|INTTYPE|PERCENTTYPE|PRICETYPE|QUANTYPE|STR1024TYPE|STR255TYPE"
_JOB_STATUS = "enum[Awarded|Closed|InProgress|None|NotAwarded|Pending]"
_TAX_COUNTRY = "SalesTaxCountry:enum[Australia|Canada|UK|US]@6.0^notUS"
_MONTHS = "enum[January|February|March|April|May|June|July|August|September|October|November|December]"

FRAGMENTS = {
    "lines": "Addr1/41 Addr2/41 Addr3/41 Addr4/41@2.0 Addr5/41@6.0 City/31 State/21 PostalCode/13 Country/31 "
    "Note/41@6.0",
    "block": "Addr1/41 Addr2/41 Addr3/41 Addr4/41 Addr5/41",
    "stamps": "ListID!:id TimeCreated!:moment TimeModified!:moment EditSequence!/16",
    "person": "Salutation/15 FirstName/25 MiddleName/5 LastName/25",
    "extra": "AdditionalContactRef*8@12.0{ContactName!/40 ContactValue!/255}",
    "extras": "AdditionalContactRef*8{ContactName!/40 ContactValue!/255}",
    "shipto": "ShipToAddress*50@12.0{Name!/41 $lines DefaultShipTo:bool}",
    "card": "CreditCardInfo@3.0{CreditCardNumber/25 ExpirationMonth:int>1 ExpirationYear:int NameOnCard/41 "
    "CreditCardAddress/41 CreditCardPostalCode/41}",
    "customext": "DataExtRet*@2.0{OwnerID:guid DataExtName!/31 DataExtType! DataExtValue!}",
    "names": "?(NameFilter{MatchCriterion!:enum[StartsWith|Contains|EndsWith] Name!} | "
    "NameRangeFilter{FromName ToName})",
    "filters": "MaxReturned:int>1 ActiveStatus:enum[ActiveOnly|InactiveOnly|All] FromModifiedDate:moment "
    "ToModifiedDate:moment $names",
    "balances": "TotalBalanceFilter{Operator!:enum[LessThan|LessThanEqual|Equal|GreaterThan|GreaterThanEqual] "
    "Amount!:amount} CurrencyFilter@8.0{!(ListID+:id | FullName+/64)} "
    "ClassFilter@12.0{!(ListID+:id | FullName+ | ListIDWithChildren:id | FullNameWithChildren)}",
    "include": "IncludeRetElement*/50@4.0",
    "owner": "OwnerID*:guid@2.0",
    "list": "?(ListID+:id | FullName+ | $filters) $include",
    "listowner": "?(ListID+:id | FullName+ | $filters) $include $owner",
    "listnames": "?(ListID+:id | FullName+ | $filters $balances) $include $owner",
    "extobject": f"!(ListDataExtType:enum[Account|Customer|Employee|Item|OtherName|Vendor] ListObjRef!:ref/159 | "
    f"TxnDataExtType:enum[{_TXN_DATA_EXT}] TxnID!:id TxnLineID:id@3.0 | OtherDataExtType:enum[Company])",
    "jobdates": "JobStartDate:date JobProjectedEndDate:date JobEndDate:date JobDesc/99 JobTypeRef:ref/159",
    "jobdates3": "JobStartDate:date@3.0 JobProjectedEndDate:date@3.0 JobEndDate:date@3.0 JobDesc/99@3.0 "
    "JobTypeRef:ref/159@3.0",
    "delivery": "PreferredDeliveryMethod:enum[None|Email|Fax]@12.0 PriceLevelRef:ref/31@4.0",
    "tail": "TaxRegistrationNumber/30@8.0^notUS CurrencyRef:ref/64@8.0",
}

_CUSTOMER_ADD = f"""
    Name!/41 IsActive:bool ClassRef:ref/159@12.0 ParentRef:ref CompanyName/41 $person JobTitle/41@12.0
    BillAddress{{$lines}} ShipAddress{{$lines}} $shipto Phone/21 AltPhone/21 Fax/21 Email/1023 Cc/1023@12.0
    Contact/41 AltContact/41 $extra Contacts*@12.0{{Salutation/15 FirstName!/25 MiddleName/5 LastName/25 JobTitle/41
    $extras}} CustomerTypeRef:ref/159 TermsRef:ref/31 SalesRepRef:ref/5 OpenBalance:amount OpenBalanceDate:date
    SalesTaxCodeRef:ref/3 ItemSalesTaxRef:ref/31^noCA {_TAX_COUNTRY} ResaleNumber/15 AccountNumber/99
    CreditLimit:amount PreferredPaymentMethodRef:ref/31@3.0 $card JobStatus:{_JOB_STATUS} $jobdates
    Notes/4095@3.0 AdditionalNotes*@12.0{{Note!/4095}} $delivery ExternalGUID:guid@8.0 $tail"""

_CUSTOMER_MOD = f"""
    ListID!:id EditSequence!/16 Name/41 IsActive:bool@3.0 ClassRef:ref/159@12.0 ParentRef:ref@3.0 CompanyName/41
    $person JobTitle/41@12.0 BillAddress{{$lines}} ShipAddress{{$lines}} $shipto Phone/21 AltPhone/21 Fax/21
    Email/1023 Cc/1023@12.0 Contact/41 AltContact/41 $extra ContactsMod*@12.0{{ListID!:id EditSequence!/16
    Salutation/15 FirstName!/25 MiddleName/5 LastName/25 JobTitle/41 $extras}} CustomerTypeRef:ref/159@3.0
    TermsRef:ref/31@3.0 SalesRepRef:ref/5@3.0 SalesTaxCodeRef:ref/3@3.0 ItemSalesTaxRef:ref/31@3.0^noCA
    {_TAX_COUNTRY} ResaleNumber/15@3.0 AccountNumber/99 CreditLimit:amount@3.0
    PreferredPaymentMethodRef:ref/31@3.0 $card JobStatus:{_JOB_STATUS}@3.0 $jobdates3 Notes/4095@3.0
    AdditionalNotesMod*@12.0{{NoteID!:int Note!/4095}} $delivery $tail"""

_CUSTOMER_RET = f"""
    $stamps Name!/41 FullName!/209 IsActive:bool ClassRef:ref/159@12.0 ParentRef:ref Sublevel!:int CompanyName/41
    $person JobTitle/41@12.0 BillAddress{{$lines}} BillAddressBlock@6.0{{$block}} ShipAddress{{$lines}}
    ShipAddressBlock@6.0{{$block}} $shipto Phone/21 AltPhone/21 Fax/21 Email/1023 Cc/1023@12.0 Contact/41
    AltContact/41 $extra ContactsRet*@12.0{{ListID!:id TimeCreated!:moment TimeModified!:moment EditSequence!/16
    Contact/41 Salutation/15 FirstName!/25 MiddleName/5 LastName/25 JobTitle/41 $extras}} CustomerTypeRef:ref/159
    TermsRef:ref/31 SalesRepRef:ref/5 Balance:amount TotalBalance:amount SalesTaxCodeRef:ref/3
    ItemSalesTaxRef:ref/31^noCA {_TAX_COUNTRY} ResaleNumber/15 AccountNumber/99 CreditLimit:amount
    PreferredPaymentMethodRef:ref/31@3.0 $card JobStatus:{_JOB_STATUS} $jobdates Notes/4095
    AdditionalNotesRet*@12.0{{NoteID!:int Date!:date Note!/4095}} $delivery ExternalGUID:guid@8.0 $tail $customext"""

_VENDOR_ADD = """
    Name!/41 IsActive:bool ClassRef:ref/159@12.0 CompanyName/41 $person JobTitle/41@12.0 VendorAddress{$lines}
    Phone/21 AltPhone/21 Fax/21 Email/1023 Contact/41 AltContact/41 NameOnCheck/41 AccountNumber/99 Notes/4095@3.0
    TermsRef:ref/31 CreditLimit:amount ExternalGUID:guid@8.0 CurrencyRef:ref/64@8.0"""

_EMPLOYEE_ADD = """
    IsActive:bool $person JobTitle/41@12.0 EmployeeAddress{Addr1/41 Addr2/41 City/31 State/21 PostalCode/13}
    Phone/21 AltPhone/21 Email/1023 AccountNumber/99 Notes/4095@3.0 ExternalGUID:guid@8.0"""

_OTHER_NAME_ADD = """
    Name!/41 IsActive:bool CompanyName/41 $person OtherNameAddress{$lines} Phone/21 AltPhone/21 Fax/21 Email/1023
    Contact/41 AltContact/41 AccountNumber/99 Notes/4095@3.0 ExternalGUID:guid@8.0"""

# name: (since, abilities and the Rets that answer it; what the request may hold)
REQUEST_TEXT: dict[str, tuple[str, str]] = {
    "HostQuery": ("1.0 -> Host", "IncludeListMetaData@6.0{IncludeMaxCapacity!:bool} $include"),
    "CompanyQuery": ("1.0 -> Company", "$include $owner"),
    "PreferencesQuery": ("1.0 -> Preferences", "$include"),
    "CustomerQuery": ("1.0 iterator -> Customer", "$listnames"),
    "CustomerAdd": ("1.0 -> Customer", f"CustomerAdd!{{{_CUSTOMER_ADD}}} $include"),
    "CustomerMod": ("1.1 -> Customer", f"CustomerMod!{{{_CUSTOMER_MOD}}} $include"),
    "VendorQuery": ("1.0 iterator -> Vendor", "$listnames"),
    "VendorAdd": ("1.0 -> Vendor", f"VendorAdd!{{{_VENDOR_ADD}}} $include"),
    "EmployeeQuery": ("1.0 metadata -> Employee", "$listowner"),
    "EmployeeAdd": ("1.0 -> Employee", f"EmployeeAdd!{{{_EMPLOYEE_ADD}}} $include"),
    "OtherNameQuery": ("1.0 metadata -> OtherName", "$listowner"),
    "OtherNameAdd": ("1.0 -> OtherName", f"OtherNameAdd!{{{_OTHER_NAME_ADD}}} $include"),
    "TermsQuery": ("1.0 metadata -> StandardTerms DateDrivenTerms", "$list"),
    "StandardTermsQuery": ("1.0 metadata -> StandardTerms", "$list"),
    "DateDrivenTermsQuery": ("1.0 metadata -> DateDrivenTerms", "$list"),
    "StandardTermsAdd": (
        "1.0 -> StandardTerms",
        "StandardTermsAdd!{Name!/31 IsActive:bool StdDueDays:int StdDiscountDays:int DiscountPct:percent} $include",
    ),
    "DateDrivenTermsAdd": (
        "1.0 -> DateDrivenTerms",
        "DateDrivenTermsAdd!{Name!/31 IsActive:bool DayOfMonthDue!:int>1 DueNextMonthDays:int "
        "DiscountDayOfMonth:int>1 DiscountPct:percent} $include",
    ),
    "SalesTaxCodeQuery": ("1.0 metadata -> SalesTaxCode", "$list"),
    "SalesTaxCodeAdd": (
        "1.0 -> SalesTaxCode",
        "SalesTaxCodeAdd!{Name!/3 IsActive:bool IsTaxable!:bool Desc/31} $include",
    ),
    "SalesRepQuery": ("1.0 metadata -> SalesRep", "$list"),
    "SalesRepAdd": ("1.0 -> SalesRep", "SalesRepAdd!{Initial!/5 IsActive:bool SalesRepEntityRef!:ref/41} $include"),
    "CustomerTypeQuery": ("1.0 metadata -> CustomerType", "$list"),
    "CustomerTypeAdd": ("1.0 -> CustomerType", "CustomerTypeAdd!{Name!/31 IsActive:bool ParentRef:ref} $include"),
    "JobTypeQuery": ("1.0 metadata -> JobType", "$list"),
    "JobTypeAdd": ("1.0 -> JobType", "JobTypeAdd!{Name!/31 IsActive:bool ParentRef:ref} $include"),
    "ClassQuery": ("1.0 metadata -> Class", "$list"),
    "ClassAdd": ("1.0 -> Class", "ClassAdd!{Name!/31 IsActive:bool ParentRef:ref} $include"),
    "PaymentMethodQuery": ("1.0 metadata -> PaymentMethod", "$list"),
    "PaymentMethodAdd": ("1.0 -> PaymentMethod", "PaymentMethodAdd!{Name!/31 IsActive:bool} $include"),
    "CurrencyQuery": ("8.0 metadata -> Currency", "$list"),
    "ListDel": ("1.0", f"ListDelType!:enum[{_LIST_DEL_TYPES}] ListID!:id"),
    "ListDeletedQuery": (
        "2.0 metadata -> ListDeleted",
        f"ListDelType+:enum[{_LIST_DEL_TYPES}] "
        "DeletedDateRangeFilter{FromDeletedDate:moment ToDeletedDate:moment} $include",
    ),
    "TxnDeletedQuery": (
        "2.0 metadata -> TxnDeleted",
        f"TxnDelType+:enum[{_TXN_DEL_TYPES}] "
        "DeletedDateRangeFilter{FromDeletedDate:moment ToDeletedDate:moment} $include",
    ),
    "DataExtAdd": ("2.0 -> DataExt", "DataExtAdd!{OwnerID!:guid DataExtName!/31 $extobject DataExtValue!}"),
    "DataExtMod": ("2.0 -> DataExt", "DataExtMod!{OwnerID!:guid DataExtName!/31 $extobject DataExtValue!}"),
    "DataExtDel": ("2.0 -> DataExt", "DataExtDel!{OwnerID!:guid DataExtName!/31 $extobject}"),
    "DataExtDefAdd": (
        "2.0 -> DataExtDef",
        f"DataExtDefAdd!{{OwnerID!:guid DataExtName!/31 DataExtType!:enum[{_DATA_EXT_TYPES}] "
        f"AssignToObject*:enum[{_ASSIGN_TO}] DataExtListRequire:bool@12.0 DataExtTxnRequire:bool@12.0 "
        "DataExtFormatString@12.0} $include",
    ),
    "DataExtDefQuery": (
        "2.0 metadata -> DataExtDef",
        f"?(OwnerID+:guid | AssignToObject+:enum[{_ASSIGN_TO}]) $include",
    ),
}

RET_TEXT: dict[str, str] = {
    "Customer": _CUSTOMER_RET,
    "Vendor": """$stamps Name!/41 IsActive:bool ClassRef:ref/159@12.0 CompanyName/41 $person JobTitle/41@12.0
        VendorAddress{$lines} VendorAddressBlock@6.0{$block} Phone/21 AltPhone/21 Fax/21 Email/1023 Contact/41
        AltContact/41 $extra NameOnCheck/41 AccountNumber/99 Notes/4095 TermsRef:ref/31 CreditLimit:amount
        Balance:amount ExternalGUID:guid@8.0 CurrencyRef:ref/64@8.0 $customext""",
    "Employee": """$stamps Name!/41 IsActive:bool $person JobTitle/41@12.0
        EmployeeAddress{Addr1/41 Addr2/41 City/31 State/21 PostalCode/13} Phone/21 AltPhone/21 Email/1023 $extra
        AccountNumber/99 Notes/4095 ExternalGUID:guid@8.0 $customext""",
    "OtherName": """$stamps Name!/41 IsActive:bool CompanyName/41 $person OtherNameAddress{$lines}
        OtherNameAddressBlock@6.0{$block} Phone/21 AltPhone/21 Fax/21 Email/1023 Contact/41 AltContact/41
        AccountNumber/99 Notes/4095 ExternalGUID:guid@8.0 $customext""",
    "StandardTerms": "$stamps Name!/31 IsActive:bool StdDueDays:int StdDiscountDays:int DiscountPct:percent",
    "DateDrivenTerms": "$stamps Name!/31 IsActive:bool DayOfMonthDue!:int DueNextMonthDays:int "
    "DiscountDayOfMonth:int DiscountPct:percent",
    "SalesTaxCode": "$stamps Name!/3 IsActive:bool IsTaxable!:bool Desc/31",
    "SalesRep": "$stamps Initial!/5 IsActive:bool SalesRepEntityRef!:ref/41",
    "CustomerType": "$stamps Name!/31 FullName!/159 IsActive:bool ParentRef:ref Sublevel!:int",
    "JobType": "$stamps Name!/31 FullName!/159 IsActive:bool ParentRef:ref Sublevel!:int",
    "Class": "$stamps Name!/31 FullName!/159 IsActive:bool ParentRef:ref Sublevel!:int",
    "PaymentMethod": "$stamps Name!/31 IsActive:bool",
    "ItemSalesTax": "$stamps Name!/31 IsActive:bool ItemDesc/4095 TaxRate:percent",
    "PriceLevel": "$stamps Name!/31 IsActive:bool PriceLevelType! PriceLevelFixedPercentage:percent",
    "Currency": "$stamps Name/64 IsActive:bool CurrencyCode/3",
    "ListDeleted": "ListDelType! ListID!:id TimeCreated!:moment TimeDeleted!:moment FullName",
    "TxnDeleted": "TxnDelType! TxnID!:id TimeCreated!:moment TimeDeleted!:moment RefNumber",
    "DataExt": "OwnerID:guid DataExtName!/31 DataExtType! DataExtValue!",
    "DataExtDef": "OwnerID:guid DataExtID!:int@11.0 DataExtName!/31 DataExtType! AssignToObject* "
    "DataExtListRequire!:bool@11.0 DataExtTxnRequire!:bool@11.0 DataExtFormatString!@11.0",
    "Host": """ProductName!/255 MajorVersion!/5 MinorVersion!/5 Country/2@3.0 SupportedQBXMLVersion+/10
        IsAutomaticLogin:bool@3.0 QBFileMode!@3.0 ListMetaData@6.0{$capacities}""",
    "Company": f"""IsSampleCompany!:bool@3.0 CompanyName/59 LegalCompanyName/59 Address{{$lines}}
        AddressBlock@6.0{{$block}} LegalAddress{{$lines}} Phone/51 Fax/51 Email/1023 CompanyWebSite/128
        FirstMonthFiscalYear:{_MONTHS} FirstMonthIncomeTaxYear:{_MONTHS} CompanyType/255 EIN/20@2.0 TaxForm@2.1
        SubscribedServices@7.0{{Service*{{Name!/50 Domain!/50 ServiceStatus!}}}}
        AccountantCopy@8.0{{AccountantCopyExists!:bool DividingDate:date}} $customext""",
    "Preferences": """
        AccountingPreferences!{IsUsingAccountNumbers!:bool IsRequiringAccounts!:bool IsUsingClassTracking!:bool
            AssignClassesTo@12.0 IsUsingAuditTrail!:bool IsAssigningJournalEntryNumbers!:bool ClosingDate:date}
        FinanceChargePreferences!{AnnualInterestRate:percent MinFinanceCharge:amount GracePeriod!:int
            IsAssessingForOverdueCharges!:bool CalculateChargesFrom! IsMarkedToBePrinted!:bool}
        JobsAndEstimatesPreferences!{IsUsingEstimates!:bool IsUsingProgressInvoicing!:bool
            IsPrintingItemsWithZeroAmounts!:bool}
        MultiCurrencyPreferences@8.0{IsMultiCurrencyOn:bool HomeCurrencyRef:ref/64}
        MultiLocationInventoryPreferences@10.0^noCA{IsMultiLocationInventoryAvailable:bool
            IsMultiLocationInventoryEnabled:bool}
        PurchasesAndVendorsPreferences!{IsUsingInventory!:bool DaysBillsAreDue!:int
            IsAutomaticallyUsingDiscounts!:bool}
        ReportsPreferences!{AgingReportBasis! SummaryReportBasis!}
        SalesAndCustomersPreferences!{IsTrackingReimbursedExpensesAsIncome!:bool IsAutoApplyingPayments!:bool
            PriceLevels@4.0{IsUsingPriceLevels!:bool IsRoundingSalesPriceUp:bool}}
        SalesTaxPreferences{DefaultItemSalesTaxRef!:ref/31 PaySalesTax! DefaultTaxableSalesTaxCodeRef!:ref/3
            DefaultNonTaxableSalesTaxCodeRef!:ref/3}
        TimeTrackingPreferences{FirstDayOfWeek!}
        CurrentAppAccessRights!{IsAutomaticLoginAllowed!:bool AutomaticLoginUserName/29
            IsPersonalDataAccessAllowed!:bool}
        ItemsAndInventoryPreferences@11.0{EnhancedInventoryReceivingEnabled:bool IsTrackingSerialOrLotNumber
            FIFOEnabled:bool IsRSBEnabled:bool@12.0 IsBarcodeEnabled:bool@12.0}""",
}

CAPACITY_LISTS = [
    "Account",
    "BillingRate",
    "Class",
    "CustomerMsg",
    "CustomerType",
    "Entity",
    "Item",
    "JobType",
    "PaymentMethod",
    "PayrollItem",
    "PriceLevel",
    "SalesRep",
    "SalesTaxCode",
    "ShipMethod",
    "Template",
    "Terms",
    "ToDo",
    "Vehicle",
    "VendorType",
]
FRAGMENTS["capacities"] = " ".join(f"{name}MetaData!{{MaxCapacity:int}}" for name in CAPACITY_LISTS)
