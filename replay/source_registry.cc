#include "replay/source_registry.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/ensure.h"
#include "replay/byte_source.h"
#include "replay/journald_source.h"
#include "replay/stdin_source.h"
#include "replay/syslog_source.h"
#include "replay/tail_source.h"

namespace tocsin {
namespace {

struct SourceKind {
  SourceType type;
  std::unique_ptr<LiveSource> (*make)(const SourceDefinition& definition, LiveSourceOptions options);
  std::string (*problem)(const SourceDefinition& definition);
  bool can_read_again;
};

std::string none(const SourceDefinition&) {
  return {};
}

std::string no_paths(const SourceDefinition& definition) {
  return definition.paths.empty() ? "a tail source needs a pattern in `paths`" : "";
}

template <typename Source>
std::unique_ptr<LiveSource> make(const SourceDefinition& definition, LiveSourceOptions options) {
  return std::make_unique<Source>(definition, std::move(options));
}

constexpr std::array kKinds{
    SourceKind{SourceType::kTail, make<TailSource>, no_paths, true},
    SourceKind{SourceType::kStdin, make<StdinSource>, none, false},
    SourceKind{SourceType::kSyslog, make<SyslogSource>, SyslogSource::problem, false},
    SourceKind{SourceType::kJournald, make<JournaldSource>, JournaldSource::problem, true},
};

const SourceKind& kind_of(SourceType type) {
  const auto* found = std::ranges::find(kKinds, type, &SourceKind::type);
  ENSURE(found != kKinds.end());
  return *found;
}

}  // namespace

std::unique_ptr<LiveSource> make_live_source(const SourceDefinition& definition, LiveSourceOptions options) {
  const std::string problem = source_problem(definition);
  if (!problem.empty()) throw SourceError(problem);
  return kind_of(definition.type).make(definition, std::move(options));
}

bool can_read_again(SourceType type) {
  return kind_of(type).can_read_again;
}

std::string source_problem(const SourceDefinition& definition) {
  return kind_of(definition.type).problem(definition);
}

}  // namespace tocsin
