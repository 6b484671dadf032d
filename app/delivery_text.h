// A delivery as `tocsin deliveries` prints it: one line, one JSON object, or everything that is known of it.
#pragma once

#include <string>
#include <vector>

#include "engine/delivery/outbox.h"

namespace tocsin {

std::string delivery_line(const Delivery& delivery);
std::string delivery_json(const Delivery& delivery);  // without payload and attempts

// `closed`: why the contact point wants nothing any more; empty: it does.
std::string delivery_document(const Delivery& delivery, const std::vector<DeliveryAttempt>& attempts,
                              const std::string& closed);
std::string delivery_json(const Delivery& delivery, const std::vector<DeliveryAttempt>& attempts);

}  // namespace tocsin
