#include "engine/event/event_plan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/text.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

struct PartName {
  std::string_view name;
  EventPart part;
};
constexpr std::array kPartNames = {
    PartName{"@timestamp", EventPart::kTimestamp}, PartName{"@level", EventPart::kLevel},
    PartName{"@message", EventPart::kMessage},     PartName{"@latency", EventPart::kLatency},
    PartName{"@trace", EventPart::kTrace},         PartName{"@upstream", EventPart::kUpstream},
    PartName{"@service", EventPart::kService},
};

std::optional<EventPart> part_named_by(const FieldPath& path) {
  if (path.steps.size() != 1) return std::nullopt;
  const auto* key = std::get_if<std::string>(&path.steps[0]);
  if (key == nullptr || key->empty() || key->front() != '@') return std::nullopt;
  const auto* found = std::ranges::find(kPartNames, std::string_view(*key), &PartName::name);
  if (found == kPartNames.end()) return std::nullopt;
  return found->part;
}

double to_milliseconds(double value, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kNanoseconds:
      return value / 1e6;
    case TimeUnit::kMicroseconds:
      return value / 1e3;
    case TimeUnit::kMilliseconds:
      return value;
    case TimeUnit::kSeconds:
      return value * 1e3;
  }
  return value;
}

bool exists(const FieldValue& value) {
  return value.kind != FieldKind::kAbsent && value.kind != FieldKind::kNull;
}

// The first candidate that the line has as a text or literal.
inline std::optional<std::string_view> first_text(std::span<const FieldValue> values,
                                                  const std::vector<std::uint32_t>& candidates) {
  for (const std::uint32_t field : candidates) {
    if (values[field].kind == FieldKind::kText) return values[field].text;
    if (const std::optional<std::string_view> text = value_text(values[field])) return text;
  }
  return std::nullopt;
}

FieldValue text_value(std::string_view text) {
  if (text.empty()) return {};
  return {.kind = FieldKind::kText, .text = text};
}

FieldValue part_value(EventPart part, const LogEvent& event, BatchArena& arena) {
  switch (part) {
    case EventPart::kTimestamp:
      return text_value(arena.copy(to_iso8601(event.time)));
    case EventPart::kLevel:
      return text_value(to_text(event.level));
    case EventPart::kMessage:
      return text_value(event.message);
    case EventPart::kLatency:
      if (!event.has_latency()) return {};
      return {
          .kind = FieldKind::kNumber, .number = event.latency_ms, .text = arena.copy(number_text(event.latency_ms))};
    case EventPart::kTrace:
      return text_value(event.trace);
    case EventPart::kUpstream:
      return text_value(event.upstream);
    case EventPart::kService:
      return text_value(event.service);
  }
  return {};
}

}  // namespace

std::optional<std::string_view> value_text(const FieldValue& value) {
  switch (value.kind) {
    case FieldKind::kText:
    case FieldKind::kNumber:
      return value.text;
    case FieldKind::kBoolean:
      return value.truth ? "true" : "false";
    case FieldKind::kAbsent:
    case FieldKind::kNull:
    case FieldKind::kCompound:
      return std::nullopt;
  }
  return std::nullopt;
}

EventPlan::EventPlan(const LineParserOptions& options, const EventFields& fields, const Projection& projection)
    : default_service_(options.default_service),
      zone_offset_(options.zone_offset),
      paths_(projection.paths()),
      slots_(paths_.size()),
      timestamp_(number(fields.timestamp)),
      level_(number(fields.level)),
      message_(number(fields.message)),
      trace_(number(fields.trace)),
      upstream_(number(fields.upstream)),
      service_(number(fields.service)) {
  for (const LatencyField& field : fields.latency) latency_.push_back({number(field.path), field.unit});
  for (std::size_t slot = 0; slot < slots_; ++slot) {
    const std::optional<EventPart> part = part_named_by(paths_[slot]);
    if (part) part_slots_.push_back({static_cast<std::uint16_t>(slot), *part});
  }
}

std::uint32_t EventPlan::number(const FieldPath& path) {
  const auto found = std::ranges::find(paths_, path);
  const auto index = static_cast<std::uint32_t>(found - paths_.begin());
  if (found == paths_.end()) paths_.push_back(path);
  return index;
}

EventPlan::Candidates EventPlan::number(const std::vector<FieldPath>& paths) {
  Candidates out;
  for (const FieldPath& path : paths) out.push_back(number(path));
  return out;
}

std::optional<DeadReason> EventPlan::read_time(std::span<const FieldValue> values, TimestampReader& reader,
                                               LogEvent& event) const {
  for (const std::uint32_t field : timestamp_) {
    const FieldValue& value = values[field];
    if (!exists(value)) continue;
    if (value.kind != FieldKind::kText && value.kind != FieldKind::kNumber) return DeadReason::kBadTimestamp;
    const std::optional<EventTime> time = reader.read(value.text, zone_offset_);
    if (!time) return DeadReason::kBadTimestamp;
    event.time = *time;
    return std::nullopt;
  }
  return DeadReason::kNoTimestamp;
}

std::string_view EventPlan::read_latency(std::span<const FieldValue> values, LogEvent& event) const {
  for (const Latency& latency : latency_) {
    const FieldValue& value = values[latency.field];
    if (!exists(value)) continue;
    double number = std::numeric_limits<double>::quiet_NaN();
    if (value.kind == FieldKind::kNumber) number = value.number;
    if (value.kind == FieldKind::kText) number = parse_number(value.text).value_or(number);
    number = to_milliseconds(number, latency.unit);
    if (!std::isfinite(number) || number < 0) return {};
    event.latency_ms = number;
    return latency.unit == TimeUnit::kMilliseconds ? value.text : std::string_view{};
  }
  return {};
}

BatchScope EventPlan::begin(ParsedBatch& batch) const {
  BatchArena& arena = BatchArena::prepare(batch);
  return {arena, arena.copy(default_service_)};
}

std::optional<DeadReason> EventPlan::finish(std::span<const FieldValue> values, bool has_time, BatchScope scope,
                                            LogEvent& event) const {
  if (!has_time) {
    if (const std::optional<DeadReason> reason = read_time(values, scope.arena.timestamps(), event)) return reason;
  }
  if (const auto text = first_text(values, level_)) event.level = parse_level(*text);
  if (const auto text = first_text(values, message_)) event.message = *text;
  if (const auto text = first_text(values, trace_)) event.trace = *text;
  if (const auto text = first_text(values, upstream_)) event.upstream = *text;
  if (const auto text = first_text(values, service_)) event.service = *text;
  if (event.service.empty()) event.service = scope.default_service;
  const std::string_view latency_text = read_latency(values, event);

  const std::span<FieldValue> fields = scope.arena.copy(values.first(slots_));
  for (const PartSlot& entry : part_slots_) {
    FieldValue& field = fields[entry.slot];
    if (field.kind != FieldKind::kAbsent) continue;
    if (entry.part == EventPart::kLatency && !latency_text.empty()) {
      field = {.kind = FieldKind::kNumber, .number = event.latency_ms, .text = latency_text};
    } else {
      field = part_value(entry.part, event, scope.arena);
    }
  }
  event.fields = fields;
  return std::nullopt;
}

}  // namespace tocsin
