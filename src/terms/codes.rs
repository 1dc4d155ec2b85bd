//! The words of the interface: every closed set of codes, with its labels and the clause of the
//! terms behind each code.
//!
//! This file is long because it is one table. A code that is written here exists everywhere at
//! once: in request bodies and replies, in the OpenAPI document, in the database, in
//! `GET /v1/codes`. Codes are promises and never change; labels may be improved.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// A member of a closed set of codes.
pub trait Code: Copy + Eq + Debug + 'static {
    /// The name of the set, in snake case.
    const SET: &'static str;
    /// What the set says, in English.
    const DESCRIPTION: &'static str;
    /// Every code, in the order of the terms or, where they have none, of use.
    const ALL: &'static [Self];

    /// The code as it stands in JSON and in the database.
    fn as_str(self) -> &'static str;

    /// The code in a person's words.
    fn label(self, language: Language) -> &'static str;

    /// The clause that the code comes from or is judged by. None where the terms are silent,
    /// among them the codes that this delivery does not have.
    fn clause(self, delivery: Delivery) -> Option<ClauseId>;

    /// The code that is written exactly like this.
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

/// The id of a clause, such as `SW-4.2.1-C21`. Ids are stable: clauses are added, never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, max_length = 20, example = "SW-4.2.1-C21")]
pub struct ClauseId(pub &'static str);

impl Display for ClauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A text that is no code of the set it was read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// The set that was asked.
    pub set: &'static str,
}

impl Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a code of the set {}", self.set)
    }
}

impl Error for UnknownCode {}

/// A set of codes as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeSet {
    /// The name of the set.
    #[schema(max_length = 50, example = "closure_code")]
    pub name: &'static str,
    /// What the set says.
    #[schema(max_length = 300)]
    pub description: &'static str,
    /// Its codes, in their order.
    #[schema(max_items = 200)]
    pub codes: Vec<CodeEntry>,
}

/// One code as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CodeEntry {
    /// The code.
    #[schema(max_length = 50, example = "workaround_presented")]
    pub code: &'static str,
    /// Its place in the set, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub order: u8,
    /// Its Japanese label.
    #[schema(value_type = String, max_length = 100, example = "回避策の提示")]
    pub label_ja: Cow<'static, str>,
    /// Its English label.
    #[schema(value_type = String, max_length = 200, example = "Workaround presented")]
    pub label_en: Cow<'static, str>,
    /// The clause behind it for products delivered as software; null where the terms are silent.
    #[schema(required, value_type = Option<String>, max_length = 20, example = "SW-4.2.1-C21")]
    pub clause_software: Option<ClauseId>,
    /// The clause behind it for products delivered as a service; null where the terms are silent.
    #[schema(required, value_type = Option<String>, max_length = 20, example = "SA-5.2.1-C18")]
    pub clause_saas: Option<ClauseId>,
    /// The HTTP status that goes with it; of the codes of problems only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 400, maximum = 599)]
    pub status: Option<u16>,
}

impl CodeSet {
    /// The set of the codes of `C`.
    pub fn of<C: Code>() -> Self {
        let codes = (1..).zip(C::ALL).map(|(order, code)| CodeEntry {
            code: code.as_str(),
            order,
            label_ja: code.label(Language::Ja).into(),
            label_en: code.label(Language::En).into(),
            clause_software: code.clause(Delivery::Software),
            clause_saas: code.clause(Delivery::Saas),
            status: None,
        });
        Self { name: C::SET, description: C::DESCRIPTION, codes: codes.collect() }
    }
}

/// Defines every set of codes, and the list of all sets, from one table.
///
/// The head of a set is `Name "set_name"`, or `Name as SchemaName "set_name"` where the short name
/// would say too little in the OpenAPI document. A row is
/// `Variant "code" "Japanese label" "English label"` and, in brackets, the clause:
/// `["SW-…" "SA-…"]` one for each delivery, `[both "…"]` one for both, `[software "…"]` or
/// `[saas "…"]` where only that delivery has it.
///
/// A macro and not a function, because an enum, its wire names and its schema cannot be had from
/// data otherwise. The code is taken as a token tree: utoipa does not look into the invisible group
/// around a `literal` and would publish the variant's name in its place.
macro_rules! codes {
    (@clauses) => {
        (None, None)
    };
    (@clauses $software:literal $saas:literal) => {
        (Some(ClauseId($software)), Some(ClauseId($saas)))
    };
    (@clauses both $id:literal) => {
        (Some(ClauseId($id)), Some(ClauseId($id)))
    };
    (@clauses software $id:literal) => {
        (Some(ClauseId($id)), None)
    };
    (@clauses saas $id:literal) => {
        (None, Some(ClauseId($id)))
    };
    ($(
        $(#[doc = $description:literal])+
        $name:ident $(as $schema:ident)? $set:literal {
            $($variant:ident $code:tt $ja:literal $en:literal $([$($clause:tt)+])?,)+
        }
    )+) => {
        $(
            $(#[doc = $description])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[derive(Serialize, ToSchema, AsExpression, FromSqlRow)]
            #[diesel(sql_type = Text)]
            $(#[schema(as = $schema)])?
            pub enum $name {
                $(#[doc = $en] #[serde(rename = $code)] $variant,)+
            }

            impl Code for $name {
                const SET: &'static str = $set;
                const DESCRIPTION: &'static str = concat!($($description),+).trim_ascii();
                const ALL: &'static [Self] = &[$(Self::$variant),+];

                fn as_str(self) -> &'static str {
                    match self {
                        $(Self::$variant => $code,)+
                    }
                }

                fn label(self, language: Language) -> &'static str {
                    match (self, language) {
                        $(
                            (Self::$variant, Language::Ja) => $ja,
                            (Self::$variant, Language::En) => $en,
                        )+
                    }
                }

                fn clause(self, delivery: Delivery) -> Option<ClauseId> {
                    let (software, saas) = match self {
                        $(Self::$variant => codes!(@clauses $($($clause)+)?),)+
                    };
                    match delivery {
                        Delivery::Software => software,
                        Delivery::Saas => saas,
                    }
                }
            }

            impl Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.pad(self.as_str())
                }
            }

            impl FromStr for $name {
                type Err = UnknownCode;

                fn from_str(text: &str) -> Result<Self, UnknownCode> {
                    Self::parse(text).ok_or(UnknownCode { set: $set })
                }
            }

            // Not derived: serde's own reading of an enum also takes `{"code": null}`.
            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let text = String::deserialize(deserializer)?;
                    Self::parse(&text).ok_or_else(|| D::Error::unknown_variant(&text, &[$($code),+]))
                }
            }

            impl<DB: Backend> FromSql<Text, DB> for $name
            where
                String: FromSql<Text, DB>,
            {
                fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                    Ok(String::from_sql(bytes)?.parse()?)
                }
            }

            impl<DB: Backend> ToSql<Text, DB> for $name
            where
                str: ToSql<Text, DB>,
            {
                fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                    self.as_str().to_sql(out)
                }
            }
        )+

        /// Every set of codes, in the order of the terms and then of the desk's work.
        pub fn all_sets() -> Vec<CodeSet> {
            vec![$(CodeSet::of::<$name>()),+]
        }
    };
}

codes! {
    /// How a product is delivered; it selects section 4 or section 5 of the terms.
    Delivery "delivery" {
        Software "software" "ソフトウェア" "Software",
        Saas "saas" "SaaS" "SaaS",
    }

    /// A language of a text.
    Language "language" {
        Ja "ja" "日本語" "Japanese" [both "LNG-3-C1"],
        En "en" "英語" "English",
    }

    /// Who wrote a text; the vendor's may stay in its own language.
    Origin as TextOrigin "origin" {
        Desk "desk" "弊社" "Support desk" [both "LNG-3-C1"],
        Vendor "vendor" "開発元" "Vendor" [both "LNG-3-C2"],
    }

    /// A service that a contract may include.
    Service "service" {
        Qa "qa" "Q&A" "Questions and answers" ["SW-4.2.1-C1" "SA-5.2.1-C1"],
        Information "information" "情報提供" "Information" ["SW-4.2.2-C1" "SA-5.2.2-C1"],
        ProgramProvision "program_provision" "バージョンアッププログラム・パッチの提供" "Provision of programs and patches" [software "SW-4.2.3-C1"],
    }

    /// The condition of a contract on a day; the first that holds.
    Condition as ContractCondition "contract_condition" {
        NotStarted "not_started" "契約開始前" "Not started" [both "DOC-0-C2"],
        Expired "expired" "契約終了" "Expired" [both "DOC-0-C2"],
        Suspended "suspended" "一時停止中" "Suspended" [both "DOC-0-C2"],
        InForce "in_force" "契約期間中" "In force" [both "DOC-0-C2"],
    }

    /// The two IDs on a customer's papers; either is enough.
    SupportIdKind "support_id_kind" {
        MaintenanceId "maintenance_id" "保守 ID" "Maintenance ID" ["SW-4.2.1-C2" "SA-5.2.1-C2"],
        ContractId "contract_id" "契約 ID" "Contract ID" ["SW-4.2.1-C2" "SA-5.2.1-C2"],
    }

    /// The state of a Support Web account.
    AccountState "account_state" {
        AwaitingApproval "awaiting_approval" "承認待ち" "Awaiting approval" ["SW-4.2.2-C4" "SA-5.2.2-C4"],
        Active "active" "有効" "Active" ["SW-4.2.2-C4" "SA-5.2.2-C4"],
        Deactivated "deactivated" "無効" "Deactivated" ["SW-4.2.2-C4" "SA-5.2.2-C4"],
    }

    /// Why reception is closed.
    ReceptionReason "reception_reason" {
        Weekend "weekend" "土日" "Weekend" ["SW-4.1-C2" "SA-5.1-C2"],
        NationalHoliday "national_holiday" "祝日" "National holiday" ["SW-4.1-C2" "SA-5.1-C2"],
        YearEnd "year_end" "年末年始" "Year-end and new year" ["SW-4.1-C2" "SA-5.1-C2"],
        CompanyHoliday "company_holiday" "弊社指定日" "Day designated by us" ["SW-4.1-C2" "SA-5.1-C2"],
        Law "law" "法令による休日" "Holiday by law" ["SW-4.1-C2" "SA-5.1-C2"],
        BeforeOpening "before_opening" "受付開始前" "Before opening" ["SW-4.1-C2" "SA-5.1-C2"],
        AfterClosing "after_closing" "受付終了後" "After closing" ["SW-4.1-C2" "SA-5.1-C2"],
    }

    /// The kind of a day set in the calendar by hand.
    CalendarDayKind "calendar_day_kind" {
        CompanyHoliday "company_holiday" "弊社指定日" "Day designated by us" ["SW-4.1-C2" "SA-5.1-C2"],
        YearEnd "year_end" "年末年始" "Year-end and new year" ["SW-4.1-C2" "SA-5.1-C2"],
        Law "law" "法令による日" "Day set by law" ["SW-4.1-C2" "SA-5.1-C2"],
    }

    /// What a day set in the calendar does to reception.
    DayEffect "day_effect" {
        Closed "closed" "休業" "Closed",
        Open "open" "営業" "Open",
    }

    /// How an inquiry or an answer comes.
    Channel "channel" {
        SupportWeb "support_web" "サポート Web" "Support Web" ["SW-4.2.1-C1" "SA-5.2.1-C1"],
        Phone "phone" "電話" "Telephone" ["SW-4.2.1-C1" "SA-5.2.1-C1"],
    }

    /// The three kinds of technical inquiry.
    Kind as InquiryKind "inquiry_kind" {
        Specification "specification" "製品仕様に関するお問い合わせ" "Inquiry about specifications" ["SW-4.2.1-C12" "SA-5.2.1-C26"],
        ConfigurationOperation "configuration_operation" "設定要領・操作方法に関するお問い合わせ" "Inquiry about how to configure and operate" ["SW-4.2.1-C14" "SA-5.2.1-C28"],
        ProblemResolution "problem_resolution" "問題の解決支援" "Assistance in resolving a problem" ["SW-4.2.1-C15" "SA-5.2.1-C29"],
    }

    /// A topic that the reseller or the sales representative answers, not the desk.
    Topic "topic" {
        PrePurchase "pre_purchase" "ご購入前のお問い合わせ" "Inquiry before purchase" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        SupportTerms "support_terms" "本サポートサービスの内容に関するお問い合わせ" "Inquiry about the support service itself" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        Contract "contract" "ご契約に関するお問い合わせ" "Inquiry about the contract" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
    }

    /// What a SaaS inquiry is about; the first three are investigated by escalation only.
    Matter "matter" {
        Defect "defect" "不具合" "Defect" [saas "SA-5.2.1-C12"],
        Incident "incident" "障害" "Failure of the service" [saas "SA-5.2.1-C12"],
        UnpublishedSpecification "unpublished_specification" "公開されていない仕様" "Unpublished specification" [saas "SA-5.2.1-C12"],
        Other "other" "その他" "Other",
    }

    /// The state of an inquiry.
    State as InquiryState "inquiry_state" {
        Received "received" "受付済み" "Received",
        InProgress "in_progress" "対応中" "In progress",
        AwaitingCustomer "awaiting_customer" "お客様ご回答待ち" "Awaiting the customer",
        AwaitingVendor "awaiting_vendor" "開発元確認中" "Awaiting the vendor",
        Answered "answered" "回答済み" "Answered" ["SW-4.2.1-C8" "SA-5.2.1-C7"],
        Closed "closed" "完了" "Completed" ["SW-4.2.1-C17" "SA-5.2.1-C14"],
        Superseded "superseded" "別のお問い合わせへ引き継ぎ" "Continued in another inquiry",
    }

    /// What can be done with an inquiry: the vocabulary of `allowed_actions`.
    Action as InquiryAction "action" {
        Open "open" "お問い合わせの送信" "Open" ["SW-4.2.1-C1" "SA-5.2.1-C1"],
        Take "take" "担当の引き受け" "Take",
        LogStep "log_step" "調査内容の記録" "Log an investigation step",
        PostMessage "post_message" "メッセージの送信" "Post a message",
        Answer "answer" "回答" "Answer" ["SW-4.2.1-C8" "SA-5.2.1-C7"],
        RequestInformation "request_information" "お客様への依頼" "Request information" ["SW-4.2.1-C4" "SA-5.2.1-C4"],
        RequestWebResubmission "request_web_resubmission" "サポート Web からの再送信の依頼" "Ask for a re-submission on Support Web" ["SW-4.2.1-C10" "SA-5.2.1-C9"],
        WithdrawRequest "withdraw_request" "依頼の取り下げ" "Withdraw a request",
        ReportResult "report_result" "ご依頼への回答" "Report the result of a request" ["SW-4.2.1-C6" "SA-5.2.1-C6"],
        Escalate "escalate" "開発元への問い合わせ" "Escalate to the vendor" [saas "SA-5.2.1-C12"],
        RecordVendorAnswer "record_vendor_answer" "開発元の回答の記録" "Record the vendor's answer",
        Reclassify "reclassify" "分類の変更" "Reclassify",
        CorrectContract "correct_contract" "契約の訂正" "Correct the contract",
        Resubmit "resubmit" "サポート Web からの再送信" "Re-submit on Support Web" ["SW-4.2.1-C10" "SA-5.2.1-C9"],
        Supersede "supersede" "別のお問い合わせへの引き継ぎ" "Continue in another inquiry",
        Close "close" "完了" "Complete" ["SW-4.2.1-C17" "SA-5.2.1-C14"],
        RevokeClosure "revoke_closure" "完了の取り消し" "Revoke the completion",
    }

    /// How the person who asks stands to the contract.
    RequesterRelation "requester_relation" {
        Customer "customer" "お客様" "Customer",
        Reseller "reseller" "販売代理店" "Reseller",
        Other "other" "その他" "Other",
    }

    /// Whether a message is the answer to the inquiry.
    MessageType "message_type" {
        Answer "answer" "回答" "Answer" ["SW-4.2.1-C8" "SA-5.2.1-C7"],
        Message "message" "メッセージ" "Message",
    }

    /// What a message is marked as; a completion may rest on it.
    MessageMark "message_mark" {
        Workaround "workaround" "回避策" "Workaround" ["SW-4.2.1-C21" "SA-5.2.1-C18"],
        RecurrenceProcedure "recurrence_procedure" "再現時の処置方法" "What to do on recurrence" ["SW-4.2.1-C24" "SA-5.2.1-C21"],
        ResolvedByCustomer "resolved_by_customer" "お客様による解決のご連絡" "Resolved, says the customer",
    }

    /// Who called whom.
    CallDirection "call_direction" {
        Inbound "inbound" "お客様からのお電話" "From the customer",
        Outbound "outbound" "弊社からのお電話" "From the desk",
    }

    /// What the customer is asked for.
    RequestKind as InformationRequestKind "request_kind" {
        CustomerInformation "customer_information" "お客様情報のご提供" "Provide customer information" ["SW-4.2.1-C4" "SA-5.2.1-C4"],
        VersionUpgrade "version_upgrade" "ソフトウェアのバージョンアップ" "Upgrade the software version" [software "SW-4.2.1-C7"],
        Reproduction "reproduction" "お客様環境での再現" "Reproduce in the customer's environment" [saas "SA-5.2.1-C10"],
        Isolation "isolation" "お客様環境での切り分け" "Isolate in the customer's environment" [saas "SA-5.2.1-C10"],
        WebResubmission "web_resubmission" "サポート Web からの再送信" "Re-submit on Support Web" ["SW-4.2.1-C10" "SA-5.2.1-C9"],
    }

    /// What a file sent with an inquiry is.
    AttachmentRole "attachment_role" {
        Log "log" "ログ" "Log",
        Screenshot "screenshot" "画面の写し" "Screenshot",
        Sample "sample" "検体・サンプル" "Sample",
        Configuration "configuration" "設定情報" "Configuration",
        Other "other" "その他" "Other",
    }

    /// What the customer entrusted, and may have taken away.
    ContentKind "content_kind" {
        CustomerInformation "customer_information" "お客様情報" "Customer information" ["SW-4.2.1-C5" "SA-5.2.1-C5"],
        Attachment "attachment" "添付ファイル" "Attachment" ["SW-4.2.1-C5" "SA-5.2.1-C5"],
        Message "message" "メッセージ" "Message" ["SW-4.2.1-C5" "SA-5.2.1-C5"],
    }

    /// What came of a request to the customer.
    RequestResult as InformationRequestResult "request_result" {
        Provided "provided" "ご提供済み" "Provided",
        Performed "performed" "実施済み" "Performed",
        NotPerformed "not_performed" "未実施" "Not performed",
        Reproduced "reproduced" "再現した" "Reproduced",
        NotReproduced "not_reproduced" "再現しなかった" "Not reproduced",
    }

    /// A step of the desk's investigation.
    StepKind as InvestigationStepKind "step_kind" {
        DeskCheck "desk_check" "弊社での確認" "Check at the desk",
        DeskReproduction "desk_reproduction" "弊社環境での再現" "Reproduction at the desk" [saas "SA-5.2.1-C11"],
        LogAnalysis "log_analysis" "ログの解析" "Analysis of logs",
        DocumentReview "document_review" "資料の確認" "Review of documents",
        VendorContact "vendor_contact" "開発元への確認" "Contact with the vendor" [saas "SA-5.2.1-C12"],
        Other "other" "その他" "Other",
    }

    /// What the vendor did with a question.
    VendorOutcome "vendor_outcome" {
        Answered "answered" "回答あり" "Answered",
        RootCauseDeclined "root_cause_declined" "原因究明の辞退" "Root-cause investigation declined" [saas "SA-5.2.1-C13"],
        FixContentDeclined "fix_content_declined" "修正内容の提示の辞退" "Content of the correction declined" [saas "SA-5.2.1-C13"],
        DisclosureRefused "disclosure_refused" "開示不可" "Disclosure refused" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
    }

    /// Whether the vendor lets its answer be passed on.
    Disclosure "disclosure" {
        Permitted "permitted" "開示可" "Permitted" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
        Refused "refused" "開示不可" "Refused" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
        Pending "pending" "開発元の判断待ち" "Pending" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
    }

    /// The ten conditions of completion.
    ClosureCode "closure_code" {
        SpecificationAnsweredOrDeclined "specification_answered_or_declined" "製品仕様の回答（回答できない旨の回答を含む）" "Specification answered, or answered that it cannot be" ["SW-4.2.1-C18" "SA-5.2.1-C15"],
        ConfigurationOrOperationAnswered "configuration_or_operation_answered" "設定要領・操作方法の回答" "How to configure or operate answered" ["SW-4.2.1-C19" "SA-5.2.1-C16"],
        ProblemResolved "problem_resolved" "問題の解決" "Problem resolved" ["SW-4.2.1-C20" "SA-5.2.1-C17"],
        WorkaroundPresented "workaround_presented" "回避策の提示" "Workaround presented" ["SW-4.2.1-C21" "SA-5.2.1-C18"],
        FaultLocationIdentified "fault_location_identified" "不具合個所の特定" "Defective part identified" ["SW-4.2.1-C22" "SA-5.2.1-C19"],
        InvestigationStalled "investigation_stalled" "原因追究困難（調査の進展なし）" "Cause hard to pursue, investigation without progress" ["SW-4.2.1-C23" "SA-5.2.1-C20"],
        TransientRecurrenceProcedurePresented "transient_recurrence_procedure_presented" "一過性の問題（再現時の処置方法を提示）" "Transient problem, action on recurrence presented" ["SW-4.2.1-C24" "SA-5.2.1-C21"],
        NotADefectOrBySpecification "not_a_defect_or_by_specification" "製品の不具合でない・仕様" "Not a product defect, or by specification" ["SW-4.2.1-C25" "SA-5.2.1-C22"],
        OutOfServiceScope "out_of_service_scope" "本サービス対象外" "Outside the scope of this service" ["SW-4.2.1-C26" "SA-5.2.1-C23"],
        AgreedWithCustomer "agreed_with_customer" "お客様との合意による完了" "Completed by agreement with the customer" ["SW-4.2.1-C27" "SA-5.2.1-C24"],
    }

    /// How a question about a specification ended.
    SpecificationOutcome "specification_outcome" {
        Answered "answered" "回答" "Answered" ["SW-4.2.1-C18" "SA-5.2.1-C15"],
        Declined "declined" "回答できない旨の回答" "Answered that it cannot be answered" ["SW-4.2.1-C18" "SA-5.2.1-C15"],
    }

    /// Why a specification cannot be answered.
    DeclinedReason "declined_reason" {
        VendorNondisclosure "vendor_nondisclosure" "開発元による非開示" "Not disclosed by the vendor" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
        VendorRefusal "vendor_refusal" "開発元による回答の辞退" "Declined by the vendor" [saas "SA-5.2.1-C13"],
        Other "other" "その他" "Other",
    }

    /// What was found of a problem that is no defect.
    ClosureFinding "closure_finding" {
        NotADefect "not_a_defect" "製品の不具合でない" "Not a product defect" ["SW-4.2.1-C25" "SA-5.2.1-C22"],
        BySpecification "by_specification" "仕様" "By specification" ["SW-4.2.1-C25" "SA-5.2.1-C22"],
    }

    /// Work that the service does not include.
    Exclusion "exclusion" {
        EnvironmentOrOtherProductProblem "environment_or_other_product_problem" "利用環境に起因する問題・他製品の問題" "Problem of the environment or of another product" [both "EXC-6-C1"],
        OnsiteOrRemoteSystemWork "onsite_or_remote_system_work" "お客様システムの設定・操作作業（現地・遠隔）" "Setting or operating the customer's system, on site or remotely" [both "EXC-6-C2"],
        DeploymentSupportOrConsulting "deployment_support_or_consulting" "機器導入支援・コンサルテーション" "Deployment assistance and consulting" [both "EXC-6-C3"],
        IsolationFromOtherProducts "isolation_from_other_products" "他製品との問題切り分け" "Isolation from other products" [both "EXC-6-C4"],
        ConfigurationManagementOrStorage "configuration_management_or_storage" "設定情報の管理・保管" "Managing and keeping configuration information" [both "EXC-6-C5"],
    }

    /// What, once confirmed, stops the service.
    Denial "denial" {
        ImproperUseOrMisuse "improper_use_or_misuse" "不適切な使用・誤用" "Improper use or misuse" [both "DEN-6-C1"],
        ModifiedByCustomerOrThirdParty "modified_by_customer_or_third_party" "お客様または第三者による修正・改変" "Modified by the customer or a third party" [both "DEN-6-C2"],
        LicenseTermsViolated "license_terms_violated" "利用許諾条件への違反" "Licence terms violated" [both "DEN-6-C3"],
        VendorInformationUnavailable "vendor_information_unavailable" "製造元から入手できない情報が必要" "Needs information that the manufacturer does not give" [both "DEN-6-C4"],
    }

    /// Why an inquiry turned out to be outside the service: exclusions, denials, topics, prerequisites.
    ScopeReason "scope_reason" {
        EnvironmentOrOtherProductProblem "environment_or_other_product_problem" "利用環境に起因する問題・他製品の問題" "Problem of the environment or of another product" [both "EXC-6-C1"],
        OnsiteOrRemoteSystemWork "onsite_or_remote_system_work" "お客様システムの設定・操作作業（現地・遠隔）" "Setting or operating the customer's system, on site or remotely" [both "EXC-6-C2"],
        DeploymentSupportOrConsulting "deployment_support_or_consulting" "機器導入支援・コンサルテーション" "Deployment assistance and consulting" [both "EXC-6-C3"],
        IsolationFromOtherProducts "isolation_from_other_products" "他製品との問題切り分け" "Isolation from other products" [both "EXC-6-C4"],
        ConfigurationManagementOrStorage "configuration_management_or_storage" "設定情報の管理・保管" "Managing and keeping configuration information" [both "EXC-6-C5"],
        ImproperUseOrMisuse "improper_use_or_misuse" "不適切な使用・誤用" "Improper use or misuse" [both "DEN-6-C1"],
        ModifiedByCustomerOrThirdParty "modified_by_customer_or_third_party" "お客様または第三者による修正・改変" "Modified by the customer or a third party" [both "DEN-6-C2"],
        LicenseTermsViolated "license_terms_violated" "利用許諾条件への違反" "Licence terms violated" [both "DEN-6-C3"],
        VendorInformationUnavailable "vendor_information_unavailable" "製造元から入手できない情報が必要" "Needs information that the manufacturer does not give" [both "DEN-6-C4"],
        PrePurchase "pre_purchase" "ご購入前のお問い合わせ" "Inquiry before purchase" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        SupportTerms "support_terms" "本サポートサービスの内容に関するお問い合わせ" "Inquiry about the support service itself" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        Contract "contract" "ご契約に関するお問い合わせ" "Inquiry about the contract" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        SystemAdministratorMissing "system_administrator_missing" "システム管理者が未登録" "No system administrator appointed" [both "PRE-1-C2"],
        EnvironmentNotMaintained "environment_not_maintained" "使用環境が適切に維持されていない" "Environment not properly maintained" [both "PRE-1-C3"],
        VersionUnsupportedByVendor "version_unsupported_by_vendor" "開発元のサポートが終了したバージョン" "Version no longer supported by the vendor" [software "PRE-1-C4"],
        VersionNotReleasedByUs "version_not_released_by_us" "弊社からリリースしていないバージョン" "Version not released by us" [software "PRE-1-C5"],
        OutsideServiceRegion "outside_service_region" "日本国外でのご利用" "Outside Japan" [both "REG-2-C1"],
        BasicKnowledgePresupposed "basic_knowledge_presupposed" "基本操作・一般的な知識に関する内容" "General knowledge that is presupposed" ["SW-4.2.1-C3" "SA-5.2.1-C3"],
        WrittenAnswerNotOffered "written_answer_not_offered" "文書による回答のご要望" "Answer in the form of a document" ["SW-4.2.1-C9" "SA-5.2.1-C8"],
    }

    /// What an assessment says of a question that was not asked yet.
    Outcome as AssessmentOutcome "assessment_outcome" {
        Accepted "accepted" "受付可" "Accepted",
        Redirected "redirected" "販売代理店・担当営業へご案内" "Redirected to the reseller or sales representative" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        Excluded "excluded" "サポート対象外" "Outside support",
        Denied "denied" "サポート提供不可" "Support not available",
        NeedsInformation "needs_information" "ご確認事項あり" "Needs information",
    }

    /// What would have to change for an assessment to accept a question.
    Remedy as AssessmentRemedy "remedy" {
        TermBegun "term_begun" "契約の開始" "The contract's term has begun" [both "DOC-0-C2"],
        ContractRenewed "contract_renewed" "契約の更新" "The contract is renewed" [both "DOC-0-C2"],
        ContractResumed "contract_resumed" "契約の再開" "The contract is resumed" [both "DOC-0-C2"],
        ServiceContracted "service_contracted" "Q&A サービスのご契約" "Questions and answers are contracted" [both "DOC-0-C2"],
        DenialLifted "denial_lifted" "提供不可の解除" "The denial is lifted" [both "DEN-6-C0"],
        TechnicalQuestion "technical_question" "対象製品についての技術的なお問い合わせ" "The question is a technical one about a product" ["SW-4.2.1-C16" "SA-5.2.1-C30"],
        SystemAdministratorNamed "system_administrator_named" "システム管理者の登録" "A system administrator is appointed" [both "PRE-1-C2"],
        WithinHoursOrOnSupportWeb "within_hours_or_on_support_web" "受付時間内のお電話、またはサポート Web からの送信" "The call is within reception hours, or the question comes by Support Web" ["SW-4.1-C2" "SA-5.1-C2"],
        ProductContracted "product_contracted" "対象製品のご契約" "The product is contracted" [both "DOC-0-C2"],
        ProductVersionTold "product_version_told" "ご利用中のバージョンのご連絡" "The version in use is told" [software "PRE-1-C4"],
        WithoutProductVersion "without_product_version" "バージョンの指定の取りやめ" "No version is named, since the service has none",
        SupportedVersion "supported_version" "サポート対象のバージョンの指定" "A supported version is named" [software "PRE-1-C4"],
        SiteInJapan "site_in_japan" "日本国内でのご利用" "The product is used in Japan" [both "REG-2-C1"],
        WithoutExcludedWork "without_excluded_work" "対象外の作業を含まないお問い合わせ" "The question is without the excluded work" [both "EXC-6-C0"],
    }

    /// A rule that staff may set aside when opening an inquiry, with a reason.
    Override as OverrideCode "override" {
        OutsideReceptionHours "outside_reception_hours" "受付時間外" "Outside reception hours" ["SW-4.1-C2" "SA-5.1-C2"],
        VersionNotReleasedByUs "version_not_released_by_us" "弊社からリリースしていないバージョン" "Version not released by us" [software "PRE-1-C5"],
        VersionUnsupportedByVendor "version_unsupported_by_vendor" "開発元のサポートが終了したバージョン" "Version no longer supported by the vendor" [software "PRE-1-C4"],
        ContractExpired "contract_expired" "契約終了" "Contract expired" [both "DOC-0-C2"],
        ContractNotStarted "contract_not_started" "契約開始前" "Contract not started" [both "DOC-0-C2"],
        SystemAdministratorMissing "system_administrator_missing" "システム管理者が未登録" "No system administrator appointed" [both "PRE-1-C2"],
    }

    /// Why an inquiry continues in another one.
    SupersedeReason "supersede_reason" {
        Resubmitted "resubmitted" "サポート Web からの再送信" "Re-submitted on Support Web" ["SW-4.2.1-C10" "SA-5.2.1-C9"],
        Duplicate "duplicate" "重複" "Duplicate",
    }

    /// What a command of a batch does; each is the single call of its name.
    BatchCommand as TriageCommandName "batch_command" {
        Patch "patch" "内部情報の変更" "Change triage facts",
        Note "note" "社内メモの記入" "Write a note",
        LogStep "log_step" "調査内容の記録" "Log an investigation step",
        PostMessage "post_message" "メッセージ・回答の送信" "Post a message or an answer",
        RequestInformation "request_information" "お客様への依頼" "Request information",
        WithdrawRequest "withdraw_request" "依頼の取り下げ" "Withdraw a request",
        RequestWebResubmission "request_web_resubmission" "サポート Web からの再送信の依頼" "Ask for a re-submission on Support Web",
        Escalate "escalate" "開発元への問い合わせ" "Escalate to the vendor",
        RecordVendorAnswer "record_vendor_answer" "開発元の回答の記録" "Record the vendor's answer",
        Reclassify "reclassify" "分類の変更" "Reclassify",
        CorrectContract "correct_contract" "契約の訂正" "Correct the contract",
        Supersede "supersede" "別のお問い合わせへの引き継ぎ" "Continue in another inquiry",
        Close "close" "完了" "Complete",
        RevokeClosure "revoke_closure" "完了の取り消し" "Revoke the completion in effect",
    }

    /// How the commands of a batch stand to each other.
    BatchMode as TriageBatchMode "batch_mode" {
        Atomic "atomic" "すべて実行するか、まったく実行しない" "All or nothing",
        Independent "independent" "個別に実行する" "Each for itself",
    }

    /// Why the queue suggests something.
    SuggestionReason "suggestion_reason" {
        ClosureDoubted "closure_doubted" "完了したお問い合わせの続きが届いている" "It follows an inquiry that was completed",
        NeverTaken "never_taken" "担当者がいない" "Nobody has taken it up",
        CustomerReplied "customer_replied" "お客様の発言が最後である" "The customer's word is the latest",
        VendorAnswered "vendor_answered" "開発元の回答をまだ伝えていない" "The vendor's answer has not been passed on",
        DisclosurePending "disclosure_pending" "開発元の開示許可を待っている" "The vendor has not yet permitted disclosure" ["SW-4.2.1-C13" "SA-5.2.1-C27"],
        VersionUnknown "version_unknown" "バージョンが不明" "The version is not known" [software "PRE-1-C4"],
        EnvironmentUnknown "environment_unknown" "環境・設定・操作の情報がない" "Environment, settings and operations are not known" ["SW-4.2.1-C4" "SA-5.2.1-C4"],
        MatterUnknown "matter_unknown" "内容の区分が未設定" "Its matter is not set" [saas "SA-5.2.1-C12"],
        EscalationOnly "escalation_only" "開発元への問い合わせで調査する" "It is investigated by escalation only" [saas "SA-5.2.1-C12"],
        AnswerGiven "answer_given" "回答が最後である" "The answer is the latest word",
        WorkaroundGiven "workaround_given" "回避策を回答している" "A workaround was given",
        RecurrenceProcedureGiven "recurrence_procedure_given" "再発時の処置方法を回答している" "What to do at a recurrence was told",
        CustomerConfirmed "customer_confirmed" "お客様が解決を確認している" "The customer says that it is resolved",
        VendorDefectKnown "vendor_defect_known" "開発元の不具合番号がある" "The vendor has a number for the defect",
        VendorDeclined "vendor_declined" "開発元が原因の追究を断っている" "The vendor declined to look for the cause",
    }

    /// What a line of the monthly report counts or measures.
    ReportMeasure "report_measure" {
        Opened "opened" "受信件数" "Inquiries received",
        OpenedByKind "opened_by_kind" "受信件数（種別）" "Inquiries received, by kind",
        OpenedByProduct "opened_by_product" "受信件数（製品）" "Inquiries received, by product",
        OpenedByChannel "opened_by_channel" "受信件数（経路）" "Inquiries received, by channel",
        OpenedByOverride "opened_by_override" "例外として受け付けた件数" "Inquiries received with a rule set aside",
        Superseded "superseded" "別のお問い合わせへ引き継いだ件数（完了には数えない）" "Inquiries received that go on in another one; no completion",
        Completed "completed" "完了件数" "Completions",
        CompletedByCode "completed_by_code" "完了件数（完了区分）" "Completions, by code",
        CompletionRevoked "completion_revoked" "取り消した完了の件数" "Completions that were revoked",
        RedirectedByTopic "redirected_by_topic" "他の窓口へご案内した件数" "Topics redirected, by topic",
        FirstAnswer "first_answer" "初回回答までの営業時間（実績）" "Business time to the first answer, as it was",
        Completion "completion" "完了までの営業時間（実績）" "Business time to the completion, as it was",
    }

    /// The kind of a release notice.
    NoticeKind "notice_kind" {
        VersionUpgradeProgram "version_upgrade_program" "バージョンアッププログラム" "Version-upgrade program" [software "SW-4.2.2-C1"],
        Patch "patch" "パッチ" "Patch" [software "SW-4.2.2-C1"],
        ImportantAnnouncement "important_announcement" "重要なお知らせ（周知事項）" "Important announcement" [saas "SA-5.2.2-C1"],
        Alert "alert" "注意喚起" "Alert" [saas "SA-5.2.2-C1"],
    }

    /// Where a release notice stands.
    NoticeState "notice_state" {
        Draft "draft" "下書き" "Draft",
        Announced "announced" "配信済み" "Announced",
        Withdrawn "withdrawn" "取り下げ" "Withdrawn",
    }

    /// What can be done with a release notice.
    NoticeAction "notice_action" {
        Change "change" "変更" "Change",
        Announce "announce" "配信" "Announce",
        Withdraw "withdraw" "取り下げ" "Withdraw",
    }

    /// How somebody applied for notices by mail.
    ApplicationWay "application_way" {
        SupportWeb "support_web" "サポート Web" "Support Web" ["SW-4.2.2-C2" "SA-5.2.2-C2"],
        Phone "phone" "電話" "Telephone" ["SW-4.2.2-C2" "SA-5.2.2-C2"],
        Paper "paper" "書面" "Paper" ["SW-4.2.2-C2" "SA-5.2.2-C2"],
    }

    /// Where an application for notices by mail stands.
    SubscriptionState "subscription_state" {
        Applied "applied" "申請済み（確認待ち）" "Applied for, not confirmed" ["SW-4.2.2-C2" "SA-5.2.2-C2"],
        Registered "registered" "登録済み" "Registered" ["SW-4.2.2-C2" "SA-5.2.2-C2"],
        Ended "ended" "終了" "Ended",
    }

    /// What ended a subscription.
    SubscriptionEnd "subscription_end" {
        Applicant "applicant" "お客様・販売代理店による終了" "Ended by the customer's side",
        Desk "desk" "弊社による終了" "Ended by the desk",
        Unsubscribed "unsubscribed" "メールからの配信停止" "Unsubscribed from a mail",
        Replaced "replaced" "新しい申請への差し替え" "Replaced by a later application",
    }

    /// What became of a notice's mail to one recipient.
    NoticeDeliveryState "notice_delivery_state" {
        Waiting "waiting" "送信待ち" "Waiting",
        Delivered "delivered" "送信済み" "Delivered",
        Bounced "bounced" "宛先不明・受信拒否" "Bounced",
        Dead "dead" "送信断念" "Given up",
        Suppressed "suppressed" "送信停止中の宛先" "Not sent: the address has bounced before",
        Cancelled "cancelled" "送信取りやめ" "Not sent: no longer registered, in force or announced",
    }

    /// What can be downloaded.
    DownloadKind "download_kind" {
        Program "program" "バージョンアッププログラム" "Version-upgrade program" [software "SW-4.2.3-C1"],
        Patch "patch" "パッチ" "Patch" [software "SW-4.2.3-C1"],
        Document "document" "資料" "Document" ["SW-4.2.2-C11" "SA-5.2.2-C11"],
    }

    /// Where the knowledge in a FAQ comes from.
    FaqSource "faq_source" {
        VendorInformation "vendor_information" "開発元からの情報" "Information from the vendor" ["SW-4.2.2-C5" "SA-5.2.2-C5"],
        VendorInquiryFinding "vendor_inquiry_finding" "開発元へ問い合わせてわかったこと" "Found by asking the vendor" ["SW-4.2.2-C5" "SA-5.2.2-C5"],
        OwnVerification "own_verification" "弊社の検証でわかったこと" "Found by our own verification" ["SW-4.2.2-C5" "SA-5.2.2-C5"],
        FrequentInquiry "frequent_inquiry" "よくあるお問い合わせ" "Frequent inquiry" ["SW-4.2.2-C5" "SA-5.2.2-C5"],
        Other "other" "その他" "Other" ["SW-4.2.2-C5" "SA-5.2.2-C5"],
    }

    /// What a FAQ is about.
    FaqKind "faq_kind" {
        ManualSupplement "manual_supplement" "マニュアル記載事項の補足" "Supplement to the manual" ["SW-4.2.2-C6" "SA-5.2.2-C6"],
        ProductSpecification "product_specification" "製品の仕様" "Product specification" ["SW-4.2.2-C7" "SA-5.2.2-C7"],
        ConfigurationOperation "configuration_operation" "設定要領・操作方法" "How to configure and operate" ["SW-4.2.2-C8" "SA-5.2.2-C8"],
        MessageMeaningAndRemedy "message_meaning_and_remedy" "メッセージ・エラーメッセージの意味と対処方法" "Meaning of a message and its remedy" ["SW-4.2.2-C9" "SA-5.2.2-C9"],
        InquiryOrIncidentCase "inquiry_or_incident_case" "お問い合わせ・障害の事例" "Case of an inquiry or a failure" ["SW-4.2.2-C10" "SA-5.2.2-C10"],
    }

    /// Where a FAQ stands.
    FaqState "faq_state" {
        Draft "draft" "下書き" "Draft",
        Published "published" "公開" "Published",
        Withdrawn "withdrawn" "取り下げ" "Withdrawn",
    }

    /// What can be done with a FAQ.
    FaqAction "faq_action" {
        Change "change" "変更" "Change",
        Publish "publish" "公開" "Publish",
        Withdraw "withdraw" "取り下げ" "Withdraw",
        GiveFeedback "give_feedback" "評価" "Give feedback",
    }

    /// Who acts.
    CallerKind "caller_kind" {
        Customer "customer" "お客様" "Customer",
        Partner "partner" "販売代理店" "Partner",
        Agent "agent" "サポート担当" "Agent",
        Manager "manager" "窓口責任者" "Manager",
        Robot "robot" "社内システム" "Internal system",
        System "system" "本システム" "This system",
        Public "public" "どなたでも" "Public",
        Desk "desk" "弊社" "Support desk",
    }

    /// What a member of staff is.
    Role as StaffRole "staff_role" {
        Agent "agent" "サポート担当" "Agent",
        Manager "manager" "窓口責任者" "Manager",
    }

    /// What a machine client is.
    ClientKind "client_kind" {
        Partner "partner" "販売代理店" "Partner",
        Robot "robot" "社内システム" "Internal system",
    }

    /// What a reseller sees of the inquiries that it did not open itself.
    PartnerAccess "partner_access" {
        None "none" "閲覧不可" "Nothing",
        Summary "summary" "概要のみ" "Summary",
        Full "full" "お客様情報・添付ファイルを除く全体" "All but customer information and files",
    }

    /// What a machine client may be granted.
    Scope as ClientScope "scope" {
        ContractsRead "contracts:read" "契約の閲覧" "Read contracts",
        ContractsWrite "contracts:write" "契約の登録・変更" "Register and change contracts",
        InquiriesRead "inquiries:read" "お問い合わせの閲覧" "Read inquiries",
        InquiriesWrite "inquiries:write" "お問い合わせの送信" "Open inquiries and reply",
        CustomerInformationRead "customer_information:read" "お客様情報の閲覧" "Read customer information" ["SW-4.2.1-C5" "SA-5.2.1-C5"],
        TriageRead "triage:read" "振り分け情報の閲覧" "Read triage facts",
        TriageWrite "triage:write" "振り分け情報の更新" "Write triage facts",
        NotesRead "notes:read" "内部メモの閲覧" "Read internal notes",
        NotesWrite "notes:write" "内部メモの記録" "Write internal notes",
        ClosuresRead "closures:read" "完了判断の閲覧" "Read closure decisions",
        ClosuresJudge "closures:judge" "完了の判断" "Judge closures" ["SW-4.2.1-C17" "SA-5.2.1-C14"],
        FaqsRead "faqs:read" "FAQ の閲覧" "Read FAQs",
        FaqsWrite "faqs:write" "FAQ の作成・編集" "Write FAQs",
        NoticesRead "notices:read" "お知らせの閲覧" "Read release notices",
        SubscriptionsWrite "subscriptions:write" "お知らせメールの申請" "Apply for notices by mail",
        DownloadsRead "downloads:read" "ダウンロード" "Fetch downloads",
        EventsRead "events:read" "イベントの閲覧" "Read events",
        WebhooksWrite "webhooks:write" "Webhook の設定" "Manage webhooks",
        ReportsRead "reports:read" "月次報告の閲覧" "Read monthly reports",
    }

    /// The desk's own order of work; never shown outside it and never a promise.
    Priority "priority" {
        Low "low" "低（内部）" "Low (internal)",
        Normal "normal" "通常（内部）" "Normal (internal)",
        High "high" "高（内部）" "High (internal)",
        Urgent "urgent" "緊急（内部）" "Urgent (internal)",
    }

    /// The deliveries that a clause speaks of.
    Applies as ClauseApplies "clause_applies" {
        Both "both" "共通" "Both",
        Software "software" "ソフトウェア" "Software",
        Saas "saas" "SaaS" "SaaS",
    }

    /// What a clause does.
    Force as ClauseForce "clause_force" {
        Definition "definition" "定義" "Definition",
        Condition "condition" "条件" "Condition",
        Obligation "obligation" "義務" "Obligation",
        Permission "permission" "許容" "Permission",
        Prohibition "prohibition" "禁止" "Prohibition",
        Redirect "redirect" "ご案内先" "Redirection",
        Exclusion "exclusion" "除外" "Exclusion",
        Denial "denial" "提供不可" "Denial",
        Limitation "limitation" "限定" "Limitation",
        Disclaimer "disclaimer" "免責" "Disclaimer",
    }

    /// What the journal tells: noun, dot, past participle.
    EventType "event_type" {
        ContractRegistered "contract.registered" "契約の登録" "Contract registered",
        ContractChanged "contract.changed" "契約の変更" "Contract changed",
        ContractRenewed "contract.renewed" "契約の更新" "Contract renewed",
        ContractSuspended "contract.suspended" "契約の一時停止" "Contract suspended",
        ContractResumed "contract.resumed" "契約の再開" "Contract resumed",
        ContractEnding "contract.ending" "契約終了の接近" "Contract ends soon",
        ContractSucceeded "contract.succeeded" "契約の承継" "Contract succeeded",
        AccountActivated "account.activated" "アカウントの有効化" "Account activated",
        AccountDeactivated "account.deactivated" "アカウントの無効化" "Account deactivated",
        DenialConfirmed "denial.confirmed" "提供不可の確認" "Denial confirmed",
        DenialLifted "denial.lifted" "提供不可の解除" "Denial lifted",
        InquiryOpened "inquiry.opened" "お問い合わせの受付" "Inquiry opened",
        InquiryMessagePosted "inquiry.message_posted" "メッセージの送信" "Message posted",
        InquiryAnswered "inquiry.answered" "回答" "Inquiry answered",
        InquiryTriaged "inquiry.triaged" "内部情報の変更" "Inquiry triaged",
        InquiryReclassified "inquiry.reclassified" "分類の変更" "Inquiry reclassified",
        InquiryInformationRequested "inquiry.information_requested" "お客様へのご依頼" "Information requested",
        InquiryResultReported "inquiry.result_reported" "ご依頼への結果報告" "Result reported",
        InquiryRequestWithdrawn "inquiry.request_withdrawn" "ご依頼の取り下げ" "Request withdrawn",
        InquiryWebResubmissionRequested "inquiry.web_resubmission_requested" "サポート Web での再送のご依頼" "Web resubmission requested",
        InquiryEscalated "inquiry.escalated" "開発元へのエスカレーション" "Inquiry escalated",
        InquiryVendorAnswered "inquiry.vendor_answered" "開発元の回答" "Vendor answered",
        InquirySuperseded "inquiry.superseded" "別のお問い合わせへの引き継ぎ" "Inquiry superseded",
        InquiryContractCorrected "inquiry.contract_corrected" "契約の訂正" "Contract corrected",
        InquiryFileAdded "inquiry.file_added" "ファイルの追加" "File added",
        InquiryCustomerInformationChanged "inquiry.customer_information_changed" "お客様情報の変更" "Customer information changed",
        InquiryContentErased "inquiry.content_erased" "内容の消去" "Content erased",
        InquiryReceptionRecomputed "inquiry.reception_recomputed" "受付日時の再計算" "Reception recomputed",
        InquiryClosed "inquiry.closed" "完了" "Inquiry closed",
        ClosureRevoked "closure.revoked" "完了判断の取り消し" "Closure revoked",
        TopicRedirected "topic.redirected" "販売代理店・担当営業へのご案内" "Topic redirected",
        FaqDrafted "faq.drafted" "FAQ の下書き" "FAQ drafted",
        FaqPublished "faq.published" "FAQ の公開" "FAQ published",
        FaqWithdrawn "faq.withdrawn" "FAQ の取り下げ" "FAQ withdrawn",
        ReleaseNoticeAnnounced "release_notice.announced" "お知らせの配信" "Release notice announced",
        ReleaseNoticeWithdrawn "release_notice.withdrawn" "お知らせの取り下げ" "Release notice withdrawn",
        SubscriptionRegistered "subscription.registered" "お知らせメールの登録" "Subscription registered",
        SubscriptionEnded "subscription.ended" "お知らせメールの終了" "Subscription ended",
        DownloadGranted "download.granted" "ダウンロードの許可" "Download granted",
        CalendarDaySet "calendar.day_set" "営業日の設定" "Calendar day set",
        CalendarDayRemoved "calendar.day_removed" "営業日の設定の解除" "Calendar day removed",
        ProductChanged "product.changed" "製品の変更" "Product changed",
        ResellerChanged "reseller.changed" "販売代理店の変更" "Reseller changed",
        StaffChanged "staff.changed" "担当者の変更" "Staff changed",
        ClientChanged "client.changed" "クライアントの変更" "Client changed",
        PersonErased "person.erased" "個人データの消去" "Person erased",
    }

    /// How a line of a contract's ledger came to be.
    ChangeKind as ContractChangeKind "contract_change_kind" {
        Registered "registered" "登録" "Registered",
        Changed "changed" "変更" "Changed",
        Renewed "renewed" "更新" "Renewed",
        Suspended "suspended" "一時停止" "Suspended",
        Resumed "resumed" "再開" "Resumed",
        Succeeded "succeeded" "承継" "Succeeded",
    }

    /// What a mail tells.
    MailKind "mail_kind" {
        InquiryOpened "inquiry_opened" "お問い合わせの受付" "Inquiry opened",
        InquiryAnswered "inquiry_answered" "回答のお知らせ" "Inquiry answered",
        InquiryAwaitsCustomer "inquiry_awaits_customer" "ご確認のお願い" "Inquiry awaits the customer",
        InquiryClosed "inquiry_closed" "完了のお知らせ" "Inquiry closed",
        NoticeSubscription "notice_subscription" "お知らせメール申請の確認" "Confirmation of an application for notices",
        Registration "registration" "アカウント登録の確認" "Confirmation of a registration",
        ApprovalRequest "approval_request" "アカウント承認のお願い" "Request to approve an account",
        AccountActivated "account_activated" "アカウントの有効化" "Account activated",
        FirstPassword "first_password" "パスワード設定のご案内" "Setting the first password",
        PasswordReset "password_reset" "パスワードの再設定" "Password reset",
        EmailChange "email_change" "メールアドレス変更の確認" "Confirmation of another address",
        EmailChanged "email_changed" "メールアドレス変更のお知らせ" "Address changed",
    }

    /// What goes first when mails wait.
    MailLane "mail_lane" {
        Prompt "prompt" "通常" "At once",
        Bulk "bulk" "一斉配信" "In bulk",
    }

    /// What became of a mail.
    MailState as DeliveryState "delivery_state" {
        Waiting "waiting" "送信待ち" "Waiting",
        Delivered "delivered" "送信済み" "Delivered",
        Bounced "bounced" "宛先不明・受信拒否" "Bounced",
        Dead "dead" "送信断念" "Given up",
    }

    /// How one try to deliver went.
    MailOutcome as DeliveryOutcome "delivery_outcome" {
        Delivered "delivered" "送信成功" "Delivered",
        Deferred "deferred" "一時的な失敗" "Failed for now",
        Refused "refused" "恒久的な失敗" "Refused for good",
    }

    /// Where a person's data was erased.
    ErasedPlace "erased_place" {
        Account "account" "アカウント" "Account",
        AccountLink "account_link" "契約との関連付け" "Link to a contract",
        Session "session" "サインインの記録" "Session",
        OneTimeToken "one_time_token" "メールで送ったリンク" "Mailed link",
        Mail "mail" "送信したメール" "Mail",
        Subscription "subscription" "お知らせメールの申請" "Application for notices by mail",
        KeptAnswer "kept_answer" "再送用に保持した応答" "Answer kept for a repeated call",
        Administrator "administrator" "システム管理者" "System administrator",
        Requester "requester" "お問い合わせの依頼者" "Requester of an inquiry",
        Watcher "watcher" "お問い合わせの共有先" "Watcher of an inquiry",
        CallLog "call_log" "電話の記録の氏名" "Name in a call log",
        Consent "consent" "開発元への提供に同意した方の氏名" "Name of who consented to sharing with the vendor",
    }

    /// What stays when a person's data was erased.
    KeptPlace "kept_place" {
        Inquiry "inquiry" "お問い合わせの内容" "Content of an inquiry",
        Message "message" "お問い合わせのやり取り" "Message of an inquiry",
        Attachment "attachment" "お問い合わせの添付ファイル" "File of an inquiry",
        CustomerInformation "customer_information" "お客様の環境に関する情報" "Customer information",
        ClosureDecision "closure_decision" "合意による完了の記録の氏名" "Name in a completion by agreement",
        ResellerContact "reseller_contact" "販売代理店の窓口" "Counter of a reseller",
        Staff "staff" "弊社の担当者" "Somebody at the desk",
    }

    /// Why it stays.
    KeptReason "kept_reason" {
        RecordOfSupport "record_of_support" "契約に基づくサポートの記録のため（個別の伏せ字・消去は可能）" "A record of the support given under the contract; single items can be masked or erased",
        RecordOfDecision "record_of_decision" "完了の判断の記録のため（書き換え不可）" "A decision, which stands as it was made",
        BusinessContact "business_contact" "取引先の窓口のため（販売代理店の変更で更新）" "A business contact, changed with the reseller",
        Employment "employment" "弊社の従業員のため（担当者の無効化で終了）" "An employee, ended by deactivation",
    }

    /// What ended a request to the customer.
    RequestEnd as RequestEndedBy "request_ended_by" {
        Result "result" "結果のご報告" "Result reported",
        Withdrawal "withdrawal" "取り下げ" "Withdrawn",
        Closure "closure" "完了" "Closed with the inquiry",
        Supersession "supersession" "引き継ぎ" "Superseded with the inquiry",
    }
}

impl CallerKind {
    /// Whether the caller is of the customer's side, and not of the desk's.
    pub const fn is_outside(self) -> bool {
        matches!(self, Self::Customer | Self::Partner)
    }
}

impl Scope {
    /// Whether a client of this kind may hold the scope at all.
    pub fn allowed_for(self, kind: ClientKind) -> bool {
        use Scope::*;
        match self {
            ContractsRead | InquiriesRead | InquiriesWrite | FaqsRead | EventsRead | WebhooksWrite | ReportsRead => {
                true
            }
            NoticesRead | SubscriptionsWrite | DownloadsRead => kind == ClientKind::Partner,
            ContractsWrite
            | CustomerInformationRead
            | TriageRead
            | TriageWrite
            | NotesRead
            | NotesWrite
            | ClosuresRead
            | ClosuresJudge
            | FaqsWrite => kind == ClientKind::Robot,
        }
    }
}
