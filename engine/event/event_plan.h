// The fields that a parser reads from a line, numbered, and how they become an event: first the slots of the
// projection, then the candidates of `event:` that no rule reads. Parsers put what a line has into an array of values
// by these numbers; finish() makes the event's parts and its fields of it. Built once, then constant.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/batch_arena.h"
#include "engine/event/dead_letter.h"
#include "engine/event/event_fields.h"
#include "engine/event/line_parser.h"

namespace tocsin {

// What finish() needs of the batch at hand.
struct BatchScope {
  BatchArena& arena;
  std::string_view default_service;  // lives in the arena
};

class EventPlan {
 public:
  EventPlan(const LineParserOptions& options, const EventFields& fields, const Projection& projection);

  const std::vector<FieldPath>& paths() const { return paths_; }  // indexed by field number
  std::size_t size() const { return paths_.size(); }
  BatchScope begin(ParsedBatch& batch) const;

  // The parts that the format itself gave are already in `event` (and `has_time` says whether a time is); candidates
  // that the line has come before them. Answers why there is no event, or nothing.
  std::optional<DeadReason> finish(std::span<const FieldValue> values, bool has_time, BatchScope scope,
                                   LogEvent& event) const;

 private:
  struct Latency {
    std::uint32_t field = 0;
    TimeUnit unit = TimeUnit::kMilliseconds;
  };
  // A slot named like `$.@level`, filled from the event where the line has no such key.
  struct PartSlot {
    std::uint16_t slot = 0;
    EventPart part = EventPart::kTimestamp;
  };
  using Candidates = std::vector<std::uint32_t>;

  Candidates number(const std::vector<FieldPath>& paths);
  std::uint32_t number(const FieldPath& path);
  std::optional<DeadReason> read_time(std::span<const FieldValue> values, TimestampReader& reader,
                                      LogEvent& event) const;
  // Answers the latency's text where it is written in milliseconds already.
  std::string_view read_latency(std::span<const FieldValue> values, LogEvent& event) const;

  std::string default_service_;
  Period zone_offset_;
  std::vector<FieldPath> paths_;
  std::size_t slots_ = 0;
  Candidates timestamp_, level_, message_, trace_, upstream_, service_;
  std::vector<Latency> latency_;
  std::vector<PartSlot> part_slots_;
};

// A value as text: a text, or the literal of a number or boolean; nothing where there is none.
std::optional<std::string_view> value_text(const FieldValue& value);

}  // namespace tocsin
