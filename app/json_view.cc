// One JSON document on stdout, {"effects": […], "summary": {…}}, written as it happens: nothing is held back, however
// long the replay is.
#include "app/checked_output.h"
#include "app/replay_status.h"
#include "app/replay_view.h"

namespace tocsin {
namespace {

class JsonView : public ReplayView {
 public:
  explicit JsonView(const ViewOptions& options) : status_(options) { output_.write("{\"effects\":["); }

  void on_effect(const Effect&, const std::string& line) override { add(line); }
  void on_dead_letter(const ShownDeadLetter&, const std::string& line) override { add(line); }
  void on_progress(const ReplayProgress& progress) override { status_.on_progress(progress); }
  void on_end(const ReplaySummary&, const std::string& line) override {
    output_.write("\n],\n\"summary\":");
    output_.write(line);
    output_.line("}");
    output_.flush();
  }

 private:
  void add(const std::string& line) {
    if (line.empty()) return;
    output_.write(first_ ? "\n" : ",\n");
    output_.write(line);
    first_ = false;
  }

  CheckedOutput output_;
  StatusLine status_;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<ReplayView> make_json_view(const ViewOptions& options) {
  return std::make_unique<JsonView>(options);
}

}  // namespace tocsin
