#include "engine/analysis/confidence.h"

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr double kStart = 0.35;
constexpr Period kClearGap = Period::seconds(30);
constexpr Period kSimultaneous = Period::seconds(10);

class Scale {
 public:
  void add(double amount, std::string reason) {
    confidence_.value += amount;
    confidence_.reasons.push_back((amount > 0 ? "+ " : "- ") + std::move(reason));
  }
  Confidence result() {
    const double value = std::clamp(confidence_.value, 0.05, 0.95);
    confidence_.value = std::floor(value * 100 + 0.5) / 100;
    return std::move(confidence_);
  }

 private:
  Confidence confidence_{.value = kStart};
};

void weigh_lead(Scale& scale, const std::vector<RankedService>& services) {
  const RankedService& first = services.front();
  if (services.size() == 1) {
    scale.add(0.25, "no other service shows a sign");
    return;
  }
  const RankedService& second = services[1];
  if (first.score >= 2 * second.score) {
    scale.add(0.2, "far ahead of the second, " + printable(second.service));
  } else if (first.score < 1.2 * second.score) {
    scale.add(-0.1, printable(second.service) + " is nearly as likely");
  }
}

void weigh_onsets(Scale& scale, const std::vector<RankedService>& services) {
  const RankedService& first = services.front();
  std::size_t together = 0;
  bool alone = services.size() > 1;
  for (std::size_t i = 1; i < services.size(); ++i) {
    const Period gap = services[i].onset - first.onset;
    alone = alone && gap >= kClearGap;
    if (services[i].score < 0.2 * first.score) continue;
    together += gap > Period{} - kSimultaneous && gap < kSimultaneous;
  }
  if (alone) scale.add(0.15, "it broke at least 30 s before the others");
  if (together >= 2) {
    scale.add(-0.1, number_text(static_cast<double>(together + 1)) + " services broke within 10 s of each other");
  }
}

void weigh_data(Scale& scale, const ConfidenceInput& input) {
  if (!input.has_baseline) scale.add(-0.15, "there is little history before the onset to compare with");
  const NotAnalysed& lost = input.not_analysed;
  const auto share = [&](std::uint64_t part) {
    return static_cast<double>(part) > 0.01 * static_cast<double>(input.events);
  };
  if (share(lost.bad_lines + lost.late)) {
    scale.add(-0.1, number_text(static_cast<double>(lost.bad_lines)) + " bad and " +
                        number_text(static_cast<double>(lost.late)) + " late lines");
  }
  if (lost.dropped > 0) {
    scale.add(-0.05, number_text(static_cast<double>(lost.dropped)) + " events were too many to be read");
  }
}

}  // namespace

Confidence confidence_of(const ConfidenceInput& input) {
  Scale scale;
  if (input.services.empty()) {
    scale.add(-kStart, "no service shows a sign");
    return scale.result();
  }
  weigh_lead(scale, input.services);
  weigh_onsets(scale, input.services);
  const std::string& first = input.services.front().service;
  const auto is_first_new = [&](const ShapeGroup& group) {
    return group.is_new && group.growth > 0 && (group.service == first || group.blames == first);
  };
  if (std::ranges::any_of(input.shapes, is_first_new)) scale.add(0.15, "its messages were never seen before");
  if (input.explains_callers) scale.add(0.1, "services that call it broke too");
  weigh_data(scale, input);
  return scale.result();
}

}  // namespace tocsin
