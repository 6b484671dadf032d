#include "app/live_view.h"

#include "app/effect_text.h"

namespace tocsin {

void LiveView::add(const Effect& effect, const std::string& line) {
  std::string shown;
  switch (output_) {
    case LiveOutput::kNone:
      return;
    case LiveOutput::kText:
      shown = stable_line(effect, style_);
      break;
    case LiveOutput::kNdjson:
      shown = line;
      break;
  }
  if (!shown.empty()) lines_.push_back(std::move(shown));
}

void LiveView::add_dead_letter(const std::string& line) {
  if (output_ == LiveOutput::kNdjson) lines_.push_back(line);
}

void LiveView::flush() {
  if (lines_.empty()) return;
  for (const std::string& line : lines_) out_.line(line);
  lines_.clear();
  out_.flush();
}

}  // namespace tocsin
