// The columns of the outbox's table: how a delivery is read from a row, and a filter put into a query.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/delivery/outbox.h"
#include "store/sqlite_outbox.h"
#include "store/statement.h"

namespace tocsin {

// What delivery_of() reads, in this order.
inline constexpr std::string_view kDeliveryColumns =
    "sequence,id,contact_point,order_key,state,due,created,at,attempts,redrives,disposition,type,reason,why,labels,"
    "payload";
Delivery delivery_of(const Statement& row);

std::string labels_bytes(const std::map<std::string, std::string>& labels);
std::int64_t number_of(DeliveryState state);

// A number of the table as an enum of ours; what another hand wrote there becomes the first.
template <class Enum>
Enum enum_of(std::int64_t number, Enum last) {
  return number < 0 || number > static_cast<std::int64_t>(last) ? Enum{} : static_cast<Enum>(number);
}

// The filter as conditions (" AND id=?10…") and their values; the numbers below 10 are the caller's.
std::string where_of(const DeliveryFilter& filter);
void bind_filter(Statement& statement, const DeliveryFilter& filter);

}  // namespace tocsin
