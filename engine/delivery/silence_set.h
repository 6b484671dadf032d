// All that silences at a time: silences and maintenance windows, compiled once. Owned by the planner; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/delivery/maintenance_window.h"
#include "engine/delivery/silence.h"

namespace tocsin {

class SilenceSet {
 public:
  using Labels = std::map<std::string, std::string>;

  // False: they are the same as before.
  bool set_silences(std::vector<Silence> silences);
  void set_maintenance(std::vector<MaintenanceWindow> windows);

  // Which one silences the labels at `time`, for people: "silence sil_x: deploy of payment". Of several the one that
  // ends last. Empty: none does.
  std::string active(const Labels& labels, EventTime time) const;
  // The first instant from `time` on at which nothing silences the labels. Where windows follow each other without end,
  // an instant by which to look again.
  EventTime silenced_until(const Labels& labels, EventTime time) const;

 private:
  struct CompiledSilence {
    Silence silence;
    CompiledMatchers matchers;
  };
  struct CompiledWindow {
    MaintenanceWindow window;
    CompiledMatchers matchers;
  };
  struct Hit {
    EventTime until;
    std::string name;
  };
  std::optional<Hit> find(const Labels& labels, EventTime time) const;

  std::vector<CompiledSilence> silences_;
  std::vector<CompiledWindow> windows_;
};

}  // namespace tocsin
