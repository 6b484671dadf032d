#include "store/silence_store.h"

#include <algorithm>
#include <utility>

#include "store/statement.h"

namespace tocsin {
namespace {

// Silences that ended so long before a new one begins are forgotten.
constexpr Period kRemembered = Period::days(30);

// One a line: a matcher's text holds no newline.
std::string matchers_text(const std::vector<LabelMatcher>& matchers) {
  std::string text;
  for (const LabelMatcher& matcher : matchers) text += to_text(matcher) + "\n";
  return text;
}

// None at all, and so a silence of nothing, where one can't be read: rather told too much than too little.
std::vector<LabelMatcher> read_matchers(std::string_view text) {
  std::vector<LabelMatcher> matchers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string problem;
    std::optional<LabelMatcher> matcher = parse_label_matcher(text.substr(0, end), problem);
    if (!matcher) return {};
    matchers.push_back(std::move(*matcher));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return matchers;
}

}  // namespace

struct SilenceStore::State {
  explicit State(Database& database)
      : handle(database.handle()),
        insert(handle,
               "INSERT OR REPLACE INTO silence(id,matchers,starts,ends,comment,created_by) VALUES(?,?,?,?,?,?)"),
        forget(handle, "DELETE FROM silence WHERE ends<?"),
        list(handle, "SELECT id,matchers,starts,ends,comment,created_by FROM silence ORDER BY starts,id"),
        end(handle, "UPDATE silence SET starts=min(starts,?2), ends=?2 WHERE id=?1 AND ends>?2"),
        changes(handle, "SELECT changes()"),
        version(handle, "PRAGMA data_version") {}

  sqlite3* handle;
  Statement insert, forget, list, end, changes, version;
};

SilenceStore::SilenceStore(Database& database) : state_(std::make_unique<State>(database)) {}
SilenceStore::~SilenceStore() = default;

void SilenceStore::add(const Silence& silence) {
  State& state = *state_;
  const std::string matchers = matchers_text(silence.matchers);
  Transaction transaction(state.handle);
  state.forget.bind(1, (silence.from - kRemembered).ms).run();
  state.insert.bind(1, silence.id)
      .bind(2, matchers)
      .bind(3, silence.from.ms)
      .bind(4, silence.until.ms)
      .bind(5, silence.comment)
      .bind(6, silence.created_by)
      .run();
  transaction.commit();
}

std::vector<Silence> SilenceStore::all() {
  std::vector<Silence> silences;
  Statement& list = state_->list;
  while (list.step()) {
    silences.push_back({.id = std::string(list.text(0)),
                        .matchers = read_matchers(list.text(1)),
                        .from = {list.integer(2)},
                        .until = {list.integer(3)},
                        .comment = std::string(list.text(4)),
                        .created_by = std::string(list.text(5))});
  }
  return silences;
}

// One that has not begun never will.
bool SilenceStore::expire(const std::string& id, EventTime now) {
  State& state = *state_;
  Transaction transaction(state.handle);
  state.end.bind(1, id).bind(2, now.ms).run();
  state.changes.step();
  const bool expired = state.changes.integer(0) > 0;
  state.changes.reset();
  transaction.commit();
  return expired;
}

std::int64_t SilenceStore::data_version() {
  state_->version.step();
  const std::int64_t version = state_->version.integer(0);
  state_->version.reset();
  return version;
}

}  // namespace tocsin
