"""Devices that push messages reach."""

from typing import Annotated, Any

from trackyard.destinations.customerio.entity import Batched, person, unix_time, with_unix_times
from trackyard.destinations.customerio.examples import DEVICE_DELETED, DEVICE_SEEN
from trackyard.destinations.customerio.rows import entity_action
from trackyard.kit.fields import Field
from trackyard.kit.members import present


class Device(Batched, frozen=True, kw_only=True):
    person_id: Annotated[str, Field("Person id", mapping={"@path": "$.userId"})]
    device_id: Annotated[str, Field("Device token", mapping={"@path": "$.context.device.token"})]
    app_version: Annotated[str | None, Field("App version", mapping={"@path": "$.context.app.version"})] = None
    platform: Annotated[str, Field("Platform", mapping={"@path": "$.context.device.type"}, help="ios or android")]
    last_used: Annotated[str | None, Field("Last used", mapping={"@path": "$.timestamp"})] = None
    attributes: Annotated[dict[str, Any] | None, Field("Attributes", mapping={"@path": "$.properties"})] = None
    convert_timestamp: Annotated[bool | None, Field("Times as Unix seconds", mapping=True)] = None


class DeviceId(Batched, frozen=True, kw_only=True):
    person_id: Annotated[str, Field("Person id", mapping={"@path": "$.userId"})]
    device_id: Annotated[str, Field("Device token", mapping={"@path": "$.context.device.token"})]


def add_device(row: Device) -> dict[str, Any]:
    attributes = {**(row.attributes or {}), **present({"app_version": row.app_version})}
    converted = row.convert_timestamp
    return {
        "type": "person",
        "action": "add_device",
        "device": present(
            {
                "token": row.device_id,
                "platform": row.platform,
                "last_used": unix_time(row.last_used) if converted else row.last_used,
                "attributes": with_unix_times(attributes) if converted else attributes,
            }
        ),
        "identifiers": person(row.person_id),
    }


def delete_device(row: DeviceId) -> dict[str, Any]:
    device = {"token": row.device_id}
    return {"type": "person", "action": "delete_device", "device": device, "identifiers": person(row.person_id)}


SEEN = 'event = "Application Installed" or event = "Application Opened" or event = "Device Created or Updated"'
GONE = 'event = "Application Uninstalled" or event = "Device Deleted"'
actions = [
    entity_action("createUpdateDevice", "Create or update a device", Device, add_device, SEEN, [DEVICE_SEEN]),
    entity_action("deleteDevice", "Delete a device", DeviceId, delete_device, GONE, [DEVICE_DELETED]),
]
