// The outbox of a data directory, on a database connection of its own, for the delivery thread.
#pragma once

#include <string>

#include "app/delivery_thread.h"

namespace tocsin {

// Throws StoreError.
DeliveryThread::OpenedOutbox open_durable_outbox(const std::string& data_dir);

}  // namespace tocsin
