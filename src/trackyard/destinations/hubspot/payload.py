"""What HubSpot's actions are given."""

from typing import Annotated, Any, Final, Literal

import msgspec

from trackyard.destinations.hubspot.values import cleaned
from trackyard.kit.fields import Field, Number
from trackyard.kit.mappings import first_of, path

SyncMode = Annotated[
    Literal["upsert", "add", "update"] | None, Field("Create and update", help="upsert, add or update only.")
]
_RENAMED: Final = {"sync_mode": "__segment_internal_sync_mode"}  # as stored mappings have it
GROUP_ID: Final = "segment_group_id"  # the property in which migrated companies hold their group's id
_ZIP: Final = first_of("$.traits.address.postalCode", "$.traits.address.postal_code")


class BehavioralEvent(msgspec.Struct, frozen=True, kw_only=True):
    eventName: Annotated[str, Field("Event", help="Its internal name: pe<hub id>_….")]
    occurredAt: Annotated[str | Number | None, Field("Time", type="datetime", mapping=path("$.timestamp"))] = None
    email: Annotated[
        str | None, Field("Email", format="email", mapping=first_of("$.properties.email", "$.context.traits.email"))
    ] = None
    utk: Annotated[str | None, Field("User token", help="The hubspotutk cookie.")] = None
    objectId: Annotated[str | None, Field("Object id")] = None
    properties: Annotated[dict[str, Any] | None, Field("Event properties")] = None

    def __post_init__(self) -> None:
        if not self.email and not self.utk and not self.objectId:
            raise ValueError("email: found none, expected one of email, utk, objectId")


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    company: Annotated[str | None, Field("Company", mapping=path("$.traits.company"))] = None
    firstname: Annotated[
        str | None, Field("First name", mapping=first_of("$.traits.first_name", "$.traits.firstName"))
    ] = None
    lastname: Annotated[str | None, Field("Last name", mapping=first_of("$.traits.last_name", "$.traits.lastName"))] = (
        None
    )
    phone: Annotated[str | None, Field("Phone", mapping=path("$.traits.phone"))] = None
    address: Annotated[str | None, Field("Street", mapping=path("$.traits.address.street"))] = None
    city: Annotated[str | None, Field("City", mapping=path("$.traits.address.city"))] = None
    state: Annotated[str | None, Field("State", mapping=path("$.traits.address.state"))] = None
    country: Annotated[str | None, Field("Country", mapping=path("$.traits.address.country"))] = None
    zip: Annotated[str | None, Field("Postal code", mapping=_ZIP)] = None
    email: Annotated[str, Field("Email", format="email", mapping=path("$.traits.email"))]
    website: Annotated[str | None, Field("Website", mapping=path("$.traits.website"))] = None
    lifecyclestage: Annotated[str | None, Field("Lifecycle stage", help="May go back as well.")] = None
    properties: Annotated[dict[str, Any] | None, Field("Other properties")] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=False)] = None


class Company(msgspec.Struct, frozen=True, kw_only=True):
    name: Annotated[str | None, Field("Name", mapping=path("$.traits.name"))] = None
    description: Annotated[str | None, Field("Description", mapping=path("$.traits.description"))] = None
    address: Annotated[str | None, Field("Street", mapping=path("$.traits.address.street"))] = None
    city: Annotated[str | None, Field("City", mapping=path("$.traits.address.city"))] = None
    state: Annotated[str | None, Field("State", mapping=path("$.traits.address.state"))] = None
    zip: Annotated[str | None, Field("Postal code", mapping=_ZIP)] = None
    domain: Annotated[str | None, Field("Domain", mapping=path("$.traits.website"))] = None
    phone: Annotated[str | None, Field("Phone", mapping=path("$.traits.phone"))] = None
    numberofemployees: Annotated[int | None, Field("Employees", mapping=path("$.traits.employees"))] = None
    industry: Annotated[str | None, Field("Industry", mapping=path("$.traits.industry"))] = None
    lifecyclestage: Annotated[str | None, Field("Lifecycle stage")] = None
    groupid: Annotated[str, Field("Group id", mapping=first_of("$.groupId", "$.context.groupId"))]
    createNewCompany: Annotated[bool, Field("Create a missing company", mapping=True)]
    associateContact: Annotated[bool, Field("Associate the contact", mapping=True)]
    companysearchfields: Annotated[dict[str, Any] | None, Field("Search by", help="Where the group id is new.")] = None
    properties: Annotated[dict[str, Any] | None, Field("Other properties")] = None
    contact_email: Annotated[str | None, Field("Email of the contact", mapping=path("$.context.traits.email"))] = None

    def __post_init__(self) -> None:
        if GROUP_ID in (self.properties or {}):
            raise ValueError(f"properties: found {GROUP_ID}, which holds the group id, expected none")


class CustomRecord(msgspec.Struct, frozen=True, kw_only=True):
    createNewCustomRecord: Annotated[bool | None, Field("Create a missing record", mapping=True)] = None
    customObjectSearchFields: Annotated[dict[str, Any] | None, Field("Search by")] = None
    objectType: Annotated[str, Field("Object type")]
    properties: Annotated[dict[str, Any], Field("Properties")]
    searchFieldsToAssociateCustomObjects: Annotated[dict[str, Any] | None, Field("Search the associated by")] = None
    toObjectType: Annotated[str | None, Field("Associated object type")] = None
    associationLabel: Annotated[str | None, Field("Association label")] = None


class ObjectDetails(msgspec.Struct, frozen=True, kw_only=True):
    object_type: Annotated[str, Field("Object type")]
    id_field_name: Annotated[str, Field("Id property")]
    id_field_value: Annotated[str, Field("Id")]
    property_group: Annotated[str | None, Field("Group of new properties")] = None


class Association(msgspec.Struct, frozen=True, kw_only=True):
    object_type: Annotated[str, Field("Object type")]
    association_label: Annotated[str, Field("Association label")]
    id_field_name: Annotated[str, Field("Id property")]
    id_field_value: Annotated[str | None, Field("Id")] = None


class HubSpotObject(msgspec.Struct, frozen=True, kw_only=True, rename=_RENAMED):
    object_details: Annotated[ObjectDetails, Field("Object")]
    properties: Annotated[dict[str, Any] | None, Field("Properties")] = None
    sensitive_properties: Annotated[dict[str, Any] | None, Field("Sensitive properties")] = None
    association_sync_mode: Annotated[Literal["upsert", "read"], Field("Create the associated", mapping="upsert")]
    associations: Annotated[list[Association] | None, Field("Associations")] = None
    dissociations: Annotated[list[Association] | None, Field("Associations to end")] = None
    enable_batching: Annotated[bool | None, Field("Batch", mapping=True)] = None
    batch_size: Annotated[Number, Field("Batch size", mapping=100)]
    timestamp: Annotated[str | None, Field("Time", mapping=path("$.timestamp"))] = None
    sync_mode: SyncMode = None

    def __post_init__(self) -> None:
        details = self.object_details
        if not details.id_field_name or not details.id_field_value or not details.object_type:
            raise ValueError("object_details: found an empty member, expected object type, id property and id")
        for properties in (self.properties, self.sensitive_properties):
            cleaned(properties, numbers_of_texts=False)  # names that HubSpot cannot have refuse the row, not its batch


class RecordDetails(msgspec.Struct, frozen=True, kw_only=True):
    object_type: Annotated[str, Field("Object type")]
    object_id: Annotated[Number | None, Field("Object id")] = None
    email: Annotated[
        str | None, Field("Email", format="email", mapping=first_of("$.properties.email", "$.context.traits.email"))
    ] = None
    utk: Annotated[str | None, Field("User token")] = None


class CustomEvent(msgspec.Struct, frozen=True, kw_only=True, rename=_RENAMED):
    event_name: Annotated[str, Field("Event")]
    record_details: Annotated[RecordDetails, Field("Record")]
    properties: Annotated[dict[str, Any] | None, Field("Properties")] = None
    occurred_at: Annotated[str | Number | None, Field("Time", type="datetime", mapping=path("$.timestamp"))] = None
    sync_mode: SyncMode = None

    def __post_init__(self) -> None:
        record = self.record_details
        told = record.object_id is not None or (record.object_type == "contact" and (record.email or record.utk))
        if not told:
            raise ValueError("record_details: found no id, expected object_id, or email or utk of a contact")
        cleaned(self.properties, numbers_of_texts=True)
