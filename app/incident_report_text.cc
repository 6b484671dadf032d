// The incident report for a terminal or a console log: labels in a column, everything else hangs behind them.
#include <algorithm>
#include <numeric>

#include "app/incident_report.h"

namespace tocsin {
namespace {

constexpr std::size_t kLabel = 19;         // columns of the label column with its indent
constexpr std::size_t kFullIncidents = 5;  // told in full; the others in a line each
constexpr std::size_t kServices = 5, kEvidence = 5, kAlarms = 12, kDeadLetters = 5;

// Lines with a label in front of the first of each field.
class Page {
 public:
  explicit Page(const TextStyle& style) : style_(style) {}

  void heading(std::string_view word, std::string_view rest, Tone tone) {
    out_ += style_.paint(tone, word);
    if (!rest.empty()) out_.append("  ").append(rest);
    out_ += '\n';
  }
  void label(std::string_view text) { label_ = text; }
  // Wrapped; `hang` more blanks from the second line on.
  void line(std::string_view text, std::size_t hang = 0, Tone tone = Tone::kPlain) {
    const std::size_t room = style_.width > kLabel + hang + 20 ? style_.width - kLabel - hang : 20;
    bool first = true;
    for (const std::string& part : wrapped(text, room)) {
      begin();
      if (!first) out_.append(hang, ' ');
      out_ += style_.paint(tone, part);
      out_ += '\n';
      first = false;
    }
  }
  void indented(std::string_view text, std::size_t indent, Tone tone = Tone::kPlain) {
    const std::size_t room = style_.width > kLabel + indent + 20 ? style_.width - kLabel - indent : 20;
    for (const std::string& part : wrapped(text, room)) {
      begin();
      out_.append(indent, ' ');
      out_ += style_.paint(tone, part);
      out_ += '\n';
    }
  }
  // As it is: columns that are already laid out.
  void row(std::string_view text) {
    begin();
    out_.append(text) += '\n';
  }
  void gap() { out_ += '\n'; }
  // Within a day that has been named, the time is enough.
  void name_day(EventTime time) { day_ = floor_to(time, Period::days(1)); }
  std::string when(EventTime time) const {
    const std::string full = to_clock(time);
    return day_ && *day_ == floor_to(time, Period::days(1)) ? full.substr(full.find(' ') + 1) : full;
  }
  std::string take() { return std::move(out_); }
  const TextStyle& style() const { return style_; }

 private:
  void begin() {
    const std::string label = label_.empty() ? std::string(kLabel, ' ') : padded("  " + label_, kLabel);
    out_ += label_.empty() ? label : style_.paint(Tone::kDim, label);
    label_.clear();
  }

  const TextStyle& style_;
  std::string out_;
  std::string label_;
  std::optional<EventTime> day_;
};

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += between;
    text += part;
  }
  return text;
}

std::string expected(double baseline) {
  return "expected " + rounded(baseline, baseline < 100 ? 1 : 0);
}

void write_times(Page& page, const IncidentReport::Incident& incident) {
  const TextStyle& style = page.style();
  const EventTime detected =
      incident.finding ? std::min(incident.finding->detected_at, incident.opened) : incident.opened;
  if (incident.finding) {
    page.label("Onset");
    page.line(to_clock(incident.finding->onset));
    page.name_day(incident.finding->onset);
  }
  page.label("Detected");
  std::string text = page.when(detected);
  page.name_day(detected);
  if (incident.finding) text += "   " + spoken(detected - incident.finding->onset) + " after the onset";
  page.line(text);
  page.label("Resolved");
  if (incident.resolved) {
    text = page.when(*incident.resolved) + "   no alarm since " + page.when(*incident.quiet_since);
    page.line(text);
  } else {
    text = "still open";
    if (incident.quiet_since) text += ", though no alarm since " + page.when(*incident.quiet_since);
    page.row(style.paint(Tone::kUnsure, text));
  }
}

void write_cause(Page& page, const Finding& finding) {
  const TextStyle& style = page.style();
  page.gap();
  page.label("Probable cause");
  page.line(style.safe(finding.probable_cause, 2048), 0, Tone::kStrong);
  if (!finding.summary.empty()) page.line(style.safe(finding.summary, 4096));
  page.label("Confidence");
  std::vector<std::string> reasons;
  for (const std::string& reason : finding.confidence_reasons) reasons.push_back(style.safe(reason));
  page.line(rounded(finding.confidence, 2) + (reasons.empty() ? "" : "   " + joined(reasons, "; ")), 7);
}

void write_services(Page& page, const Finding& finding) {
  const TextStyle& style = page.style();
  if (finding.services.empty()) return;
  page.gap();
  page.label("Services");
  std::size_t widest = 0, shown = 0;
  for (const RankedService& ranked : finding.services) {
    if (++shown <= kServices) widest = std::max(widest, display_width(style.safe(ranked.service, 60)));
  }
  shown = 0;
  for (const RankedService& ranked : finding.services) {
    if (++shown > kServices) {
      page.line("and " + std::to_string(finding.services.size() - kServices) + " more");
      break;
    }
    page.row(std::to_string(shown) + "  " +
             style.paint(shown == 1 ? Tone::kBad : Tone::kStrong, padded(style.safe(ranked.service, 60), widest)) +
             "   score " + padded(rounded(ranked.score, 2), 4) + "   since " + page.when(ranked.onset));
    for (const std::string& reason : ranked.reasons) page.indented(style.safe(reason), 3);
  }
}

void write_evidence(Page& page, const IncidentReport& report, const Finding& finding) {
  const TextStyle& style = page.style();
  if (finding.evidence.empty()) return;
  page.gap();
  page.label("Evidence");
  std::size_t shown = 0;
  for (const Evidence& evidence : finding.evidence) {
    if (++shown > kEvidence) {
      page.line("and " + counted(finding.evidence.size() - kEvidence, "more kind") + " of message");
      break;
    }
    page.row(style.paint(Tone::kStrong, style.safe(evidence.service, 60)) + "   " + counted(evidence.count, "line") +
             ", " + expected(evidence.baseline) + (evidence.is_new ? "   " + style.paint(Tone::kBad, "NEW") : ""));
    page.indented(style.safe(evidence.log_template), 3);
    page.indented(page.when(evidence.first) + "  " + style.safe(report.place_of(evidence.sample_origin)), 3,
                  Tone::kDim);
    if (evidence.sample != evidence.log_template)
      page.indented("\"" + style.safe(evidence.sample, 300) + "\"", 3, Tone::kDim);
  }
}

void write_tallies(Page& page, const Finding& finding) {
  const TextStyle& style = page.style();
  if (!finding.categories.empty()) {
    page.gap();
    page.label("Latency classes");
    std::size_t widest = 0;
    for (const CategoryTally& tally : finding.categories) {
      widest = std::max(widest, display_width(style.safe(tally.category)));
    }
    for (const CategoryTally& tally : finding.categories) {
      page.row(padded(style.safe(tally.category), widest) + "   " + grouped(tally.count) + ", " +
               expected(tally.baseline));
    }
  }
  if (!finding.queries.empty()) {
    page.gap();
    page.label("To check it");
    for (const RepeatableQuery& query : finding.queries) {
      page.line(style.safe(query.text, 1024), 2);
      page.indented("= " + style.safe(query.result), 2, Tone::kDim);
    }
  }
}

std::string execution_text(const IncidentReport::ExecutionCounts& counts) {
  std::string text = grouped(counts.succeeded) + " ok, " + grouped(counts.failed) + " failed";
  if (counts.unfinished > 0) text += ", " + grouped(counts.unfinished) + " unfinished";
  return text;
}

void write_alarms(Page& page, const IncidentReport::Incident& incident) {
  const TextStyle& style = page.style();
  page.gap();
  page.label("Alarms");
  std::size_t widest = 0;
  const std::size_t listed = std::min(kAlarms, incident.alarms.size());
  for (std::size_t i = 0; i < listed; ++i) {
    widest = std::max(widest, display_width(style.safe(incident.alarms[i].name, 60)));
  }
  for (std::size_t i = 0; i < listed; ++i) {
    const IncidentReport::FiredAlarm& alarm = incident.alarms[i];
    std::string row = padded(style.safe(alarm.name, 60), widest) + "   " +
                      style.paint(tone_of(alarm.severity), padded(to_text(alarm.severity), 8)) + "   " +
                      page.when(alarm.fired) + " " + std::string(style.arrow()) + " ";
    row += alarm.cleared ? page.when(*alarm.cleared) : style.paint(Tone::kBad, "still in ALARM");
    if (alarm.times > 1) row += "   " + std::to_string(alarm.times) + " times";
    page.row(row);
  }
  const std::uint64_t more = incident.alarms.size() - listed + incident.more_alarms;
  if (more > 0) page.line("and " + grouped(more) + " more");
}

void write_doings(Page& page, const IncidentReport::Incident& incident, bool notified) {
  const TextStyle& style = page.style();
  page.label("Executions");
  page.line(execution_text(incident.executions));
  for (const std::string& error : incident.executions.errors) page.line(style.safe(error), 2, Tone::kUnsure);
  page.label("Webhooks");
  if (incident.notifications.empty()) page.line("none");
  for (const auto& [kind, number] : incident.notifications) {
    page.line(style.safe(kind) + (number > 1 ? " " + std::string(style.times()) + std::to_string(number) : "") +
              (notified ? "" : "   would be sent with --notify"));
  }
}

void write_incident(Page& page, const IncidentReport& report, const IncidentReport::Incident& incident, bool notified) {
  const TextStyle& style = page.style();
  page.heading("INCIDENT",
               style.paint(tone_of(incident.severity()), to_text(incident.severity())) + "  " + style.safe(incident.id),
               Tone::kStrong);
  for (const std::string& part : wrapped(style.safe(incident.title()), style.width - 2)) {
    page.heading("  " + style.paint(Tone::kStrong, part), "", Tone::kPlain);
  }
  page.gap();
  write_times(page, incident);
  if (incident.finding) {
    write_cause(page, *incident.finding);
    write_services(page, *incident.finding);
    write_evidence(page, report, *incident.finding);
    write_tallies(page, *incident.finding);
  } else {
    page.line("No workflow analysed it: the alarms that fired name none that ended in a finding.");
  }
  write_alarms(page, incident);
  write_doings(page, incident, notified);
  if (incident.finding) {
    const NotAnalysed& missing = incident.finding->not_analysed;
    page.label("Not analysed");
    page.line("bad " + grouped(missing.bad_lines) + ", late " + grouped(missing.late) + ", truncated " +
              grouped(missing.truncated) + ", dropped " + grouped(missing.dropped) + "   by then");
  }
  page.gap();
}

// The gravest few, for the report to stay readable; ties go to the earlier.
std::vector<bool> told_in_full(const std::vector<IncidentReport::Incident>& incidents) {
  std::vector<std::size_t> order(incidents.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return incidents[a].severity() > incidents[b].severity(); });
  std::vector<bool> full(incidents.size());
  for (std::size_t i = 0; i < std::min(kFullIncidents, order.size()); ++i) full[order[i]] = true;
  return full;
}

void write_incidents(Page& page, const IncidentReport& report, const ReplaySummary& summary) {
  const TextStyle& style = page.style();
  const std::vector<IncidentReport::Incident> incidents = report.incidents_at_end(summary);
  if (incidents.empty()) {
    if (summary.counters.events == 0) {
      page.heading("NO INCIDENT", "no event was read, so no alarm could fire", Tone::kUnsure);
    } else {
      page.heading("NO INCIDENT", "no alarm fired", Tone::kGood);
    }
    page.gap();
    return;
  }
  const std::vector<bool> full = told_in_full(incidents);
  for (std::size_t i = 0; i < incidents.size(); ++i) {
    if (full[i]) write_incident(page, report, incidents[i], summary.notified);
  }
  if (incidents.size() <= kFullIncidents) return;
  page.heading("FURTHER INCIDENTS", "in full with --report FILE.md", Tone::kStrong);
  for (std::size_t i = 0; i < incidents.size(); ++i) {
    if (full[i]) continue;
    const std::string head = "  " + to_clock(incidents[i].opened) + "  ";
    const std::string severity = padded(to_text(incidents[i].severity()), 8);
    const std::size_t used = head.size() + severity.size() + 2;
    page.heading(head + style.paint(tone_of(incidents[i].severity()), severity),
                 style.cut(style.safe(incidents[i].title()), style.width > used + 10 ? style.width - used : 10),
                 Tone::kPlain);
  }
  if (report.unkept_incidents() > 0) {
    page.heading("  and " + counted(report.unkept_incidents(), "incident") + " that were not kept", "", Tone::kPlain);
  }
  page.gap();
}

void write_dead_letters(Page& page, const IncidentReport& report, const ReplaySummary& summary) {
  const TextStyle& style = page.style();
  if (report.dead_letters().empty()) return;
  page.label("Dead letters");
  std::size_t shown = 0;
  for (const IncidentReport::DeadLetterPlace& letter : report.dead_letters()) {
    if (++shown > kDeadLetters) break;
    page.line(style.safe(letter.file) + ":" + std::to_string(letter.line) + "   offset " +
              std::to_string(letter.offset) + "   " + std::string(to_text(letter.reason)));
    if (!letter.raw.empty()) {
      page.row("   " + style.paint(Tone::kDim, style.cut(style.safe(letter.raw, 256), style.width - kLabel - 3)));
    }
  }
  const std::uint64_t total = summary.lines - summary.events;
  const std::size_t listed = std::min(kDeadLetters, report.dead_letters().size());
  if (total > listed) page.line("and " + grouped(total - listed) + " more");
}

void write_totals(Page& page, const IncidentReport& report, const ReplaySummary& summary) {
  const TextStyle& style = page.style();
  const EngineCounters& counters = summary.counters;
  const std::uint64_t dead = summary.lines - summary.events;
  page.heading("REPLAY",
               summary.interrupted ? style.paint(Tone::kUnsure, "interrupted: this is what was seen until then")
                                   : "the whole input",
               Tone::kStrong);
  page.label("Lines");
  page.line(grouped(summary.lines) + " = " + counted(summary.events, "event") + " + " + counted(dead, "dead letter"));
  std::vector<std::string> reasons;
  for (const auto& [reason, number] : summary.dead_letters_by_reason) reasons.push_back(reason + " " + grouped(number));
  page.label("Not analysed");
  std::string missing = "bad " + grouped(dead);
  if (dead > 0) {
    missing += " (" + percent(static_cast<double>(dead), static_cast<double>(summary.lines));
    missing += reasons.empty() ? ")" : ": " + joined(reasons, ", ") + ")";
  }
  missing += ", late " + grouped(counters.late) + ", truncated " + grouped(counters.truncated);
  if (counters.first_late) missing += ", first late line " + style.safe(report.place_of(*counters.first_late));
  if (summary.skipped > 0) missing += ", outside --from/--to " + grouped(summary.skipped);
  page.line(missing);
  write_dead_letters(page, report, summary);
  page.label("Event time");
  if (counters.first_event && counters.last_event) {
    page.line(to_clock(*counters.first_event) + " " + std::string(style.arrow()) + " " +
              to_clock(*counters.last_event) + "   " + spoken(*counters.last_event - *counters.first_event) + ", " +
              counted(summary.services, "service"));
  } else {
    page.line("no event");
  }
  page.label("Alarms");
  page.line((report.alarms_fired() == 0 ? "none fired" : "fired " + counted(report.alarms_fired(), "time")) + ", " +
            counted(counters.transitions, "transition"));
  page.label("Executions");
  page.line(execution_text(report.executions()) +
            (report.outside_tasks() > 0 ? ", " + counted(report.outside_tasks(), "task") + " reaching outside" : ""));
  page.label("Webhooks");
  if (summary.notified) {
    page.line(grouped(summary.deliveries.delivered) + " delivered, " + grouped(summary.deliveries.pending) +
              " pending, " + grouped(summary.deliveries.dead) + " dead");
  } else {
    page.line(counters.notifications == 0 ? "none" : grouped(counters.notifications) + " would be sent with --notify");
  }
}

}  // namespace

std::string IncidentReport::text(const ReplaySummary& summary, const TextStyle& style) const {
  Page page(style);
  write_incidents(page, *this, summary);
  write_totals(page, *this, summary);
  page.label("Took");
  std::string took = spoken_seconds(summary.wall_s);
  if (summary.wall_s > 0) {
    took +=
        ", " + grouped(static_cast<std::uint64_t>(static_cast<double>(summary.lines) / summary.wall_s)) + " lines/s";
  }
  page.line(took);
  page.label("Digest");
  page.row(summary.digest);
  return page.take();
}

}  // namespace tocsin
