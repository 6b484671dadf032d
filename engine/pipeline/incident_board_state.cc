// The open incident as bytes.
#include "engine/pipeline/incident_board.h"

namespace tocsin {
namespace {

template <typename Texts>
void save_texts(const Texts& texts, StateWriter& out) {
  out.count(texts.size());
  for (const std::string& text : texts) out.text(text);
}

template <typename Texts>
void restore_texts(StateReader& in, Texts& texts) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) texts.insert(texts.end(), std::string(in.text()));
}

void save_alarm(const AlarmOfIncident& alarm, StateWriter& out) {
  out.text(alarm.alarm);
  out.text(alarm.definition);
  out.text(alarm.service);
  out.time(alarm.since);
  out.number(static_cast<std::uint64_t>(alarm.severity));
  out.period(alarm.reach);
}

AlarmOfIncident restore_alarm(StateReader& in) {
  AlarmOfIncident alarm;
  alarm.alarm = in.text();
  alarm.definition = in.text();
  alarm.service = in.text();
  alarm.since = in.instant();
  alarm.severity = static_cast<Severity>(in.number_below(3));
  alarm.reach = in.period();
  if (alarm.reach < Period{} || alarm.reach > Period::days(36'500)) in.fail();
  return alarm;
}

}  // namespace

// The names that joined are those of the alarms.
void IncidentBoard::save(StateWriter& out) const {
  out.flag(open_.has_value());
  if (!open_) return;
  out.text(open_->id);
  out.time(open_->opened);
  out.count(open_->alarms.size());
  for (const AlarmOfIncident& alarm : open_->alarms) save_alarm(alarm, out);
  save_texts(open_->firing, out);
  out.optional_time(open_->quiet_since);
  out.flag(open_->last_finding.has_value());
  if (open_->last_finding) tocsin::save(*open_->last_finding, out);
  out.flag(open_->analysed.has_value());
  if (open_->analysed) {
    out.time(open_->analysed->at);
    out.number(open_->analysed->lines);
    out.number(open_->analysed->alarms);
  }
  save_texts(open_->notified, out);
  out.number(open_->findings);
}

void IncidentBoard::restore(StateReader& in) {
  if (!in.flag()) return;
  open_ = Incident{};
  Incident& incident = *open_;
  incident.id = in.text();
  incident.opened = in.instant();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    incident.alarms.push_back(restore_alarm(in));
    incident.joined.insert(incident.alarms.back().alarm);
  }
  restore_texts(in, incident.firing);
  incident.quiet_since = in.optional_instant();
  if (in.flag()) incident.last_finding = restore_finding(in);
  if (in.flag()) {
    Evidence evidence;
    evidence.at = in.instant();
    evidence.lines = in.number();
    evidence.alarms = in.number();
    incident.analysed = evidence;
  }
  // What has been analysed has a finding.
  if (incident.analysed && !incident.last_finding) in.fail();
  restore_texts(in, incident.notified);
  incident.findings = in.number();
}

}  // namespace tocsin
