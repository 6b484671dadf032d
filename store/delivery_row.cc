#include "store/delivery_row.h"

#include <utility>

#include "engine/base/state_bytes.h"

namespace tocsin {
std::string labels_bytes(const std::map<std::string, std::string>& labels) {
  StateWriter out;
  out.labels(labels);
  return out.take();
}

Delivery delivery_of(const Statement& row) {
  return {.sequence = static_cast<std::uint64_t>(row.integer(0)),
          .notification = {.id = std::string(row.text(1)),
                           .contact_point = std::string(row.text(2)),
                           .type = std::string(row.text(11)),
                           .order_key = std::string(row.text(3)),
                           .payload = std::string(row.text(15)),
                           .at = {row.integer(7)},
                           .labels = StateReader(row.text(14)).labels(),
                           .disposition = enum_of(row.integer(10), Disposition::kEnded),
                           .reason = std::string(row.text(13))},
          .state = enum_of(row.integer(4), DeliveryState::kShown),
          .reason = std::string(row.text(12)),
          .attempts = static_cast<int>(row.integer(8)),
          .redrives = static_cast<int>(row.integer(9)),
          .created = {row.integer(6)},
          .due = {row.integer(5)}};
}

std::int64_t number_of(DeliveryState state) {
  return static_cast<std::int64_t>(state);
}

std::string where_of(const DeliveryFilter& filter) {
  std::string sql;
  if (!filter.id.empty()) sql += " AND id=?10";
  if (!filter.contact_point.empty()) sql += " AND contact_point=?11";
  if (!filter.order_key.empty()) sql += " AND order_key=?12";
  if (filter.state) sql += " AND state=?13";
  if (filter.from) sql += " AND at>=?14";
  if (filter.to) sql += " AND at<?15";
  return sql;
}

void bind_filter(Statement& statement, const DeliveryFilter& filter) {
  if (!filter.id.empty()) statement.bind(10, filter.id);
  if (!filter.contact_point.empty()) statement.bind(11, filter.contact_point);
  if (!filter.order_key.empty()) statement.bind(12, filter.order_key);
  if (filter.state) statement.bind(13, number_of(*filter.state));
  if (filter.from) statement.bind(14, filter.from->ms);
  if (filter.to) statement.bind(15, filter.to->ms);
}

}  // namespace tocsin
