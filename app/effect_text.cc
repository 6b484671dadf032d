#include "app/effect_text.h"

#include <algorithm>

#include "app/incident_report.h"

namespace tocsin {
namespace {

// What a line says, in its order. Cutting goes by the whole, colour by the part.
struct LineParts {
  EventTime at;
  Tone tone = Tone::kPlain;
  std::string word;  // ALARM, FINDING, …
  std::string rest;
};

struct PartsOf {
  const TextStyle& style;

  LineParts operator()(const StateTransition& transition) const {
    return {transition.at, tone_of(transition.to), std::string(to_text(transition.to)),
            style.safe(transition.alarm) + "  (was " + std::string(to_text(transition.from)) + ")  " +
                style.safe(transition.reason, 2048)};
  }
  LineParts operator()(const ExecutionRecord& record) const {
    if (record.status == ExecutionStatus::kSucceeded) return {};
    std::string rest = style.safe(record.workflow) + "  " + style.safe(record.id) + "  for " + style.safe(record.alarm);
    if (!record.error.empty()) rest += "  " + style.safe(record.error);
    if (!record.cause.empty()) rest += ": " + style.safe(record.cause);
    return {record.at, Tone::kUnsure, std::string(to_text(record.status)), std::move(rest)};
  }
  LineParts operator()(const Finding& finding) const {
    return {finding.detected_at, tone_of(finding.severity), "FINDING",
            std::string(to_text(finding.severity)) + "  " + style.safe(finding.title) + "  (" +
                style.safe(finding.incident) + ", confidence " + rounded(finding.confidence, 2) + ")"};
  }
  LineParts operator()(const Notification& notification) const {
    return {notification.at, Tone::kStrong, "NOTIFY",
            style.safe(notification.contact_point) + "  " + style.safe(notification_type(notification)) + "  " +
                style.safe(notification.id)};
  }
  LineParts operator()(const RunTask&) const { return {}; }
};

bool is_first_ok(const Effect& effect) {
  const auto* transition = std::get_if<StateTransition>(&effect);
  return transition != nullptr && transition->sequence == 1 && transition->from == AlarmState::kInsufficientData &&
         transition->to == AlarmState::kOk;
}

}  // namespace

std::string stable_line(const Effect& effect, const TextStyle& style) {
  const LineParts parts = std::visit(PartsOf{style}, effect);
  if (parts.word.empty()) return {};
  return style.paint(Tone::kDim, to_iso8601(parts.at)) + " " + style.paint(parts.tone, padded(parts.word, 5)) + "  " +
         parts.rest;
}

std::string short_line(const Effect& effect, const TextStyle& style) {
  if (is_first_ok(effect)) return {};
  const LineParts parts = std::visit(PartsOf{style}, effect);
  if (parts.word.empty()) return {};
  const std::string time = to_clock(parts.at);
  const std::string word = padded(parts.word, 7);
  const std::size_t used = time.size() + word.size() + 4;
  const std::size_t left = style.width > used ? style.width - used : 0;
  return style.paint(Tone::kDim, time) + "  " + style.paint(parts.tone, word) + "  " + style.cut(parts.rest, left);
}

}  // namespace tocsin
