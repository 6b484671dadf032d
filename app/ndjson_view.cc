// The effect log as it is: a line each on stdout, the summary last.
#include "app/checked_output.h"
#include "app/replay_status.h"
#include "app/replay_view.h"

namespace tocsin {
namespace {

class NdjsonView : public ReplayView {
 public:
  explicit NdjsonView(const ViewOptions& options) : status_(options) {}

  void on_effect(const Effect&, const std::string& line) override {
    if (!line.empty()) output_.line(line);
  }
  void on_dead_letter(const ShownDeadLetter&, const std::string& line) override {
    if (!line.empty()) output_.line(line);
  }
  void on_progress(const ReplayProgress& progress) override {
    output_.flush();
    status_.on_progress(progress);
  }
  void on_end(const ReplaySummary&, const std::string& line) override {
    output_.line(line);
    output_.flush();
  }

 private:
  CheckedOutput output_;
  StatusLine status_;
};

}  // namespace

std::unique_ptr<ReplayView> make_ndjson_view(const ViewOptions& options) {
  return std::make_unique<NdjsonView>(options);
}

}  // namespace tocsin
