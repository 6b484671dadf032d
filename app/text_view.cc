// What a replay shows where nobody watches: a stable line for each transition on stdout, a status line every five
// seconds on stderr, the incident report at the end.
#include "app/checked_output.h"
#include "app/effect_text.h"
#include "app/incident_report.h"
#include "app/replay_status.h"
#include "app/replay_view.h"

namespace tocsin {
namespace {

class TextView : public ReplayView {
 public:
  explicit TextView(const ViewOptions& options)
      : style_{.colour = options.colour, .utf8 = options.utf8}, status_(options), report_(paths_of(options)) {}

  void on_effect(const Effect& effect, const std::string&) override {
    report_.on_effect(effect);
    const std::string line = stable_line(effect, style_);
    if (!line.empty()) output_.line(line);
  }
  void on_dead_letter(const ShownDeadLetter& letter, const std::string&) override { report_.on_dead_letter(letter); }
  void on_progress(const ReplayProgress& progress) override {
    output_.flush();
    status_.on_progress(progress);
  }
  void on_end(const ReplaySummary& summary, const std::string&) override {
    output_.write("\n");
    output_.write(report_.text(summary, style_));
    output_.flush();
  }

 private:
  TextStyle style_;
  CheckedOutput output_;
  StatusLine status_;
  IncidentReport report_;
};

}  // namespace

std::unique_ptr<ReplayView> make_text_view(const ViewOptions& options) {
  return std::make_unique<TextView>(options);
}

}  // namespace tocsin
