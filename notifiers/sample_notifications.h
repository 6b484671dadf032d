// A notification of each kind, as the engine makes them, for `tocsin webhook render` and for tests: what a contact
// point makes of an alarm that fires, of a finding, and so on, can be seen without an incident.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/delivery/notification.h"

namespace tocsin {

// "alarm.firing", "alarm.resolved", "alarm.group", "incident.opened", "incident.finding", "incident.resolved",
// "delivery.failed".
const std::vector<std::string_view>& sample_names();
// nullopt for an unknown name.
std::optional<Notification> sample_notification(std::string_view name, const std::string& contact_point);

// What `tocsin webhook test` sends: it says that it is a test, and needs no answer of anybody.
Notification test_notification(const std::string& contact_point, EventTime now);

}  // namespace tocsin
