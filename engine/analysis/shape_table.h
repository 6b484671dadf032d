// The categorized events of an incident grouped by service, shape and the service they blame, counted before and after
// the onset. Memory is bounded by the number of events it is given; texts of a group are bounded too.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/analysis/event_store.h"
#include "engine/analysis/service_mention.h"

namespace tocsin {

struct ShapeGroup {
  std::string service;
  std::string shape;
  std::string blames;          // another service that the message names; may be empty
  Level level = Level::kNone;  // the worst
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  EventTime first, last;  // after the onset
  std::string sample;     // the first message after the onset
  LineOrigin sample_origin;
  double expected = 0;  // what `before` would lead one to expect in as long as `after` took
  bool is_new = false;  // seen after the onset only, though there was time to see it before
  double growth = 0;    // how remarkable the growth is; 0: not
};

struct ShapeSpans {
  Period before, after;  // the time that was looked at on either side
};

class ShapeTable {
 public:
  explicit ShapeTable(const ServiceMentions& mentions) : mentions_(mentions) {}
  void add_before(const CategorizedEvent& event);
  void add_after(const CategorizedEvent& event);
  // Ends the counting: the groups seen after the onset, the most remarkable first.
  std::vector<ShapeGroup> finish(const ShapeSpans& spans);

 private:
  ShapeGroup& group_of(const CategorizedEvent& event);

  const ServiceMentions& mentions_;
  std::vector<ShapeGroup> groups_;
  std::unordered_map<std::string, std::size_t> places_;  // for finding only, never iterated
  std::string shape_, key_;
};

}  // namespace tocsin
