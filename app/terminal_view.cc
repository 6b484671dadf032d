// What a replay shows to somebody who watches: the stable lines of the text view scroll by on stdout, and below them a
// live area on stderr is redrawn at most ten times a second of wall time.
#include <algorithm>
#include <cstdio>

#include "app/alarm_ribbon.h"
#include "app/checked_output.h"
#include "app/effect_text.h"
#include "app/incident_report.h"
#include "app/replay_status.h"
#include "app/replay_view.h"
#include "app/terminal_screen.h"

namespace tocsin {
namespace {

constexpr double kFrame_s = 0.1;
constexpr std::size_t kMaxPending = std::size_t{64} * 1024;  // bytes of lines that wait for the next frame
constexpr std::size_t kFixedLines = 4;

class TerminalView : public ReplayView {
 public:
  explicit TerminalView(const ViewOptions& options)
      : options_(options), style_{.colour = options.colour, .utf8 = options.utf8}, report_(paths_of(options)) {
    std::fputs(opening_text(options, style_).c_str(), stderr);
  }

  void on_effect(const Effect& effect, const std::string&) override {
    report_.on_effect(effect);
    if (const auto* transition = std::get_if<StateTransition>(&effect)) ribbons_.on_transition(*transition);
    const std::string line = line_of(effect);
    if (line.empty()) return;
    pending_ += line + "\n";
    if (pending_.size() > kMaxPending) print_pending();
  }
  void on_dead_letter(const ShownDeadLetter& letter, const std::string&) override { report_.on_dead_letter(letter); }
  void on_progress(const ReplayProgress& progress) override {
    rate_.on_progress(progress);
    if (progress.now) ribbons_.advance_to(*progress.now);
    if (progress.wall_s < next_frame_s_) return;
    next_frame_s_ = progress.wall_s + kFrame_s;
    if (!pending_.empty()) print_pending();
    screen_.draw(frame(progress));
  }
  void on_end(const ReplaySummary& summary, const std::string&) override {
    print_pending();
    TextStyle style = output_style();
    style.width = output_.is_terminal() ? std::clamp<std::size_t>(terminal_size().columns, 60, 120) : 100;
    output_.write("\n");
    output_.write(report_.text(summary, style));
    output_.flush();
  }

 private:
  // Where stdout is no terminal it gets what the text view would write.
  TextStyle output_style() const {
    return {.colour = style_.colour && output_.is_terminal(), .utf8 = style_.utf8, .width = style_.width};
  }
  std::string line_of(const Effect& effect) const {
    TextStyle style = output_style();
    if (!output_.is_terminal()) return stable_line(effect, style);
    style.width = terminal_size().columns - 1;
    return short_line(effect, style);
  }
  // The two streams share the screen: the area goes, the lines come, and the next frame draws the area below them.
  void print_pending() {
    screen_.clear();
    output_.write(pending_);
    output_.flush();
    pending_.clear();
  }

  std::vector<std::string> frame(const ReplayProgress& progress) const;
  std::string clock_line(const ReplayProgress& progress, std::size_t columns) const;
  std::string bar_line(const ReplayProgress& progress, std::size_t columns) const;
  std::string counts_line(const ReplayProgress& progress, std::size_t columns) const;
  struct RibbonLayout {
    std::size_t name = 0;  // columns
    bool with_state = false;
  };
  std::string ribbon_line(const AlarmRibbons::Ribbon& ribbon, const RibbonLayout& layout) const;
  std::string clock_within(EventTime time) const;
  void add_ribbons(std::vector<std::string>& lines, TerminalSize size) const;

  ViewOptions options_;
  TextStyle style_;
  CheckedOutput output_;
  IncidentReport report_;
  AlarmRibbons ribbons_;
  ReplayRate rate_;
  std::string pending_;
  double next_frame_s_ = 0;
  TerminalScreen screen_;  // last: it leaves the terminal clean before the others go
};

std::vector<std::string> TerminalView::frame(const ReplayProgress& progress) const {
  const TerminalSize size = terminal_size();
  const std::size_t columns = std::max<std::size_t>(size.columns, 20) - 1;  // the last column would wrap
  std::vector<std::string> lines{"", clock_line(progress, columns), bar_line(progress, columns),
                                 counts_line(progress, columns)};
  add_ribbons(lines, {columns, size.rows});
  return lines;
}

std::string TerminalView::clock_line(const ReplayProgress& progress, std::size_t columns) const {
  std::string name = options_.files.empty() ? "replay" : style_.safe(options_.files[0].path, 120);
  if (options_.files.size() > 1) name += " and " + std::to_string(options_.files.size() - 1) + " more";
  const std::string clock = progress.now ? to_clock(*progress.now) : "no event yet";
  const std::string right = speed_text(options_, style_) + "   " + clock;
  const std::size_t room = columns > right.size() + 4 ? columns - right.size() - 4 : 0;
  if (room < 12) return style_.cut(" " + clock, columns);
  const std::size_t width = std::min<std::size_t>(room, std::max<std::size_t>(display_width(name), 40));
  return " " + style_.paint(Tone::kStrong, padded(style_.cut(name, width), width)) + "   " +
         speed_text(options_, style_) + "   " + style_.paint(Tone::kStrong, clock);
}

std::string TerminalView::bar_line(const ReplayProgress& progress, std::size_t columns) const {
  std::string right = counted(progress.lines, "line");
  if (const auto rate = rate_.lines_per_second()) right += "   " + grouped(static_cast<std::uint64_t>(*rate)) + "/s";
  if (const auto left = rate_.seconds_left()) right += "   " + spoken_seconds(*left) + " left";
  const std::optional<double> done = ReplayRate::done(progress);
  if (!done) return style_.cut(" " + right, columns);
  const std::string share = rounded(*done * 100, 0) + " %";
  const std::size_t used = 1 + 2 + 5 + 3 + display_width(right);
  if (columns < used + 10) return style_.cut(" " + share + "   " + right, columns);
  const std::size_t width = std::min<std::size_t>(columns - used, 40);
  const auto full = static_cast<std::size_t>(*done * static_cast<double>(width));
  std::string filled, rest;
  for (std::size_t i = 0; i < full; ++i) filled += style_.utf8 ? "█" : "#";
  for (std::size_t i = full; i < width; ++i) rest += style_.utf8 ? "░" : "-";
  return " " + style_.paint(Tone::kGood, filled) + style_.paint(Tone::kDim, rest) + "  " + padded(share, 5) + "   " +
         right;
}

std::string TerminalView::counts_line(const ReplayProgress& progress, std::size_t columns) const {
  const std::string text = " " + counted(progress.services, "service") + "   bad " + grouped(progress.dead_letters) +
                           "   late " + grouped(progress.late) + "   in ALARM ";
  const std::string alarms = grouped(ribbons_.in_alarm());
  if (display_width(text) + alarms.size() > columns) return style_.cut(text + alarms, columns);
  return text + style_.paint(ribbons_.in_alarm() > 0 ? Tone::kBad : Tone::kGood, alarms);
}

std::string TerminalView::ribbon_line(const AlarmRibbons::Ribbon& ribbon, const RibbonLayout& layout) const {
  std::string line = " " + padded(style_.cut(style_.safe(ribbon.alarm), layout.name), layout.name) + "  ";
  for (std::size_t i = 0; i < ribbon.cells.size();) {
    std::size_t end = i;
    while (end < ribbon.cells.size() && ribbon.cells[end] == ribbon.cells[i]) ++end;
    switch (ribbon.cells[i]) {
      case AlarmRibbons::Cell::kBlank:
        line += std::string(end - i, ' ');
        break;
      case AlarmRibbons::Cell::kOk:
        line += style_.paint(Tone::kGood, std::string(end - i, '.'));
        break;
      case AlarmRibbons::Cell::kInsufficientData:
        line += style_.paint(Tone::kUnsure, std::string(end - i, '?'));
        break;
      case AlarmRibbons::Cell::kAlarm:
        line += style_.paint(Tone::kBad, std::string(end - i, '!'));
        break;
    }
    i = end;
  }
  if (!layout.with_state) return line;
  // The symbol in the ribbon says which state is meant where the word is too long for the column.
  const std::string_view word = ribbon.state == AlarmState::kInsufficientData ? "no data" : to_text(ribbon.state);
  return line + "  " + style_.paint(tone_of(ribbon.state), word) + " since " + clock_within(ribbon.since);
}

// The time where it is of the day reached, else the date.
std::string TerminalView::clock_within(EventTime time) const {
  const std::string text = to_clock(time), now = to_clock(ribbons_.now());
  const std::size_t blank = text.find(' ');
  return text.substr(0, blank) == now.substr(0, now.find(' ')) ? text.substr(blank + 1) : text.substr(0, blank);
}

void TerminalView::add_ribbons(std::vector<std::string>& lines, TerminalSize size) const {
  if (ribbons_.size() == 0 || size.rows < kFixedLines + 6) return;
  static constexpr std::size_t kName = 28, kState = 25, kAxis = 24;
  // Of the rows, two more go to the axis, one to what does not fit, and one stays free below.
  const std::size_t rows = std::min<std::size_t>(size.rows - kFixedLines - 4, 20);
  RibbonLayout layout{.name = std::min<std::size_t>(kName, size.columns / 3)};
  layout.with_state = size.columns >= 1 + layout.name + 2 + kAxis + kState;
  const std::size_t used = 1 + layout.name + 2 + (layout.with_state ? kState : 0);
  const std::size_t cells = std::min<std::size_t>(size.columns > used ? size.columns - used : 1, 60);
  lines.emplace_back("");
  if (cells >= kAxis) {
    const std::string from = clock_within(*ribbons_.start()), to = clock_within(ribbons_.now());
    lines.push_back(std::string(layout.name + 3, ' ') + style_.paint(Tone::kDim, padded(from, cells - to.size()) + to));
  }
  for (const AlarmRibbons::Ribbon& ribbon : ribbons_.latest(rows, cells)) lines.push_back(ribbon_line(ribbon, layout));
  if (ribbons_.size() > rows) lines.push_back(" and " + counted(ribbons_.size() - rows, "more alarm"));
}

}  // namespace

std::unique_ptr<ReplayView> make_terminal_view(const ViewOptions& options) {
  return std::make_unique<TerminalView>(options);
}

}  // namespace tocsin
