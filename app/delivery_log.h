// What the log says of each attempt to deliver something.
#pragma once

#include "engine/delivery/outbox.h"

namespace tocsin {

void log_attempt(const Delivery& delivery, const DeliveryAttempt& attempt);

}  // namespace tocsin
