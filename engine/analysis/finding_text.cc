#include "engine/analysis/finding_text.h"

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostQuoted = 100;

std::string milliseconds(double ms) {
  if (ms >= 1000) return number_text(std::floor(ms / 100 + 0.5) / 10) + " s";
  return number_text(std::floor(ms + 0.5)) + " ms";
}

std::string plural(std::size_t n, const std::string& noun) {
  return number_text(static_cast<double>(n)) + " " + noun + (n == 1 ? "" : "s");
}

// The messages that speak for a service best: its own that blame no other, those of others that name it, then any of
// its own.
const ShapeGroup* shape_for(const std::vector<ShapeGroup>& shapes, const std::string& service) {
  const ShapeGroup* blaming = nullptr;
  const ShapeGroup* named = nullptr;
  for (const ShapeGroup& group : shapes) {
    if (group.growth <= 0) break;
    if (group.service == service && group.blames.empty()) return &group;
    if (named == nullptr && group.blames == service) named = &group;
    if (blaming == nullptr && group.service == service) blaming = &group;
  }
  return named != nullptr ? named : blaming;
}

std::string quoted(const ShapeGroup& group, std::size_t most) {
  return "\"" + printable(group.shape, most) + "\"";
}

// What the first service did: a phrase for the title.
std::string deed(const std::string& service, const FindingTextInput& input) {
  const ShapeGroup* group = shape_for(input.shapes, service);
  if (group != nullptr && group->service == service) return printable(group->shape, kMostQuoted);
  if (group != nullptr) return quoted(*group, kMostQuoted) + " in " + printable(group->service);
  const ServiceOnset* onset = input.onset;
  if (onset != nullptr && onset->silence) return "fell silent";
  if (onset != nullptr && onset->latency) {
    return "latency " + milliseconds(onset->latency->observed) + " instead of " + milliseconds(onset->latency->usual);
  }
  if (onset != nullptr && onset->errors) {
    return number_text(std::floor(onset->errors->observed + 0.5)) + " errors a minute";
  }
  return "it stands out";
}

// Others naming it dates their errors, not the moment it broke: then it is the likely cause only.
bool broke_first(const Finding& finding, const FindingTextInput& input) {
  const RankedService& first = finding.services.front();
  const ShapeGroup* group = shape_for(input.shapes, first.service);
  const bool has_own =
      (group != nullptr && group->service == first.service) || (input.onset != nullptr && input.onset->any());
  if (!has_own) return false;
  return std::ranges::all_of(finding.services, [&](const RankedService& other) {
    return other.score < 0.2 * first.score || first.onset <= other.onset;
  });
}

std::string alarms_text(const AnalysisInput& analysis) {
  if (analysis.alarms.empty()) return "No alarm fired.";
  const AlarmOfIncident& first = analysis.alarms.front();
  std::string text = plural(analysis.alarms.size(), "alarm") + " fired, first " + printable(first.alarm) + " at " +
                     to_clock(first.since);
  return text + ".";
}

std::string order_text(const Finding& finding) {
  std::vector<const RankedService*> by_onset;
  const double least = 0.1 * finding.services.front().score;
  for (const RankedService& one : finding.services) {
    if (one.score >= least) by_onset.push_back(&one);
  }
  if (by_onset.size() < 2) return "No other service shows comparable signs.";
  std::ranges::stable_sort(by_onset,
                           [](const RankedService* a, const RankedService* b) { return a->onset < b->onset; });
  std::string text = "Order of onset: ";
  for (std::size_t i = 0; i < by_onset.size() && i < 5; ++i) {
    text += (i == 0 ? "" : ", ") + printable(by_onset[i]->service) + " (" + to_clock(by_onset[i]->onset) + ")";
  }
  if (by_onset.size() > 5) text += " and " + number_text(static_cast<double>(by_onset.size() - 5)) + " more";
  return text + ".";
}

std::string cause_text(const RankedService& first, const FindingTextInput& input) {
  const std::string name = printable(first.service);
  const ShapeGroup* group = shape_for(input.shapes, first.service);
  if (group == nullptr) return name + ": " + deed(first.service, input) + ", since " + to_clock(first.onset);
  std::string text = name + ": " + quoted(*group, 2 * kMostQuoted);
  if (group->service != first.service) text += " in " + printable(group->service);
  text += " (first " + to_clock(group->first) + ", " + plural(group->after, "line");
  return text + (group->is_new ? ", never seen before)" : ")");
}

}  // namespace

void write_finding_text(Finding& finding, const FindingTextInput& input) {
  if (finding.services.empty()) {
    finding.title = "no service stands out";
    finding.summary = alarms_text(input.analysis) + " Neither logs, latency nor silence point to a service.";
    finding.probable_cause = "unknown";
    return;
  }
  const RankedService& first = finding.services.front();
  const std::string name = printable(first.service);
  finding.title =
      name + (broke_first(finding, input) ? " broke first: " : " is the likely cause: ") + deed(first.service, input);
  finding.probable_cause = cause_text(first, input);
  finding.summary = name + " began to break at " + to_clock(first.onset) + ". " + order_text(finding) + " " +
                    alarms_text(input.analysis);
}

}  // namespace tocsin
