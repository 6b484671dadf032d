#include "store/state_store.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "store/checksum.h"
#include "store/statement.h"

namespace tocsin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kNewer = 0, kOlder = 1;

std::int64_t as_stored(std::uint64_t sum) {
  return static_cast<std::int64_t>(sum);
}

// The row's numbers are the seed, so that they are covered as well.
std::uint64_t engine_checksum(std::int64_t last_event, std::int64_t checkpoints, std::uint64_t sum,
                              std::string_view engine) {
  const std::string numbers =
      std::to_string(last_event) + ' ' + std::to_string(checkpoints) + ' ' + std::to_string(sum);
  return checksum(engine, checksum(numbers));
}

std::uint64_t row_checksum(std::string_view source, std::string_view key, std::string_view value) {
  return checksum(value, checksum(key, checksum(source)));
}

// What one generation holds, as far as it can be read.
struct Generation {
  bool exists = false;
  bool whole = false;     // the engine's row can be trusted
  bool complete = false;  // so can all checkpoints, and none is missing
  std::int64_t last_event = 0;
  std::string engine;
  std::map<std::pair<std::string, std::string>, std::string> checkpoints;  // the good ones
  std::uint64_t damaged = 0;                                               // checkpoints that are not
  std::string problem;
};

// `found`: what can be used of the rows.
void read_checkpoints(sqlite3* handle, int generation, Generation& found, std::uint64_t& sum) {
  Statement rows(handle, "SELECT source,key,value,checksum FROM checkpoint WHERE generation=?");
  rows.bind(1, std::int64_t{generation});
  while (rows.step()) {
    const std::uint64_t expected = row_checksum(rows.text(0), rows.text(1), rows.text(2));
    if (as_stored(expected) != rows.integer(3)) {
      ++found.damaged;
      continue;
    }
    sum += expected;
    found.checkpoints.insert_or_assign({std::string(rows.text(0)), std::string(rows.text(1))},
                                       std::string(rows.text(2)));
  }
}

Generation read_generation(sqlite3* handle, int generation) {
  Generation found;
  std::int64_t checkpoints = 0;
  std::int64_t checkpoint_sum = 0;
  try {
    Statement row(handle,
                  "SELECT last_event,checkpoints,checkpoint_sum,checksum,engine FROM engine_state WHERE generation=?");
    row.bind(1, std::int64_t{generation});
    if (row.step()) {
      found.exists = true;
      found.last_event = row.integer(0);
      checkpoints = row.integer(1);
      checkpoint_sum = row.integer(2);
      found.engine = row.text(4);
      const std::uint64_t sum =
          engine_checksum(found.last_event, checkpoints, static_cast<std::uint64_t>(checkpoint_sum), found.engine);
      found.whole = as_stored(sum) == row.integer(3);
      if (!found.whole) found.problem = "the engine's state is damaged";
    }
  } catch (const StoreError& error) {
    found.exists = true;
    found.problem = std::string("the engine's state can't be read: ") + error.what();
  }
  std::uint64_t sum = 0;
  try {
    read_checkpoints(handle, generation, found, sum);
  } catch (const StoreError& error) {
    found.exists = true;
    if (found.problem.empty()) found.problem = std::string("the checkpoints can't be read: ") + error.what();
    return found;
  }
  found.exists = found.exists || !found.checkpoints.empty() || found.damaged > 0;
  if (!found.exists || !found.problem.empty()) return found;
  if (!found.whole) {
    found.problem = "the engine's state is missing";
  } else if (found.damaged > 0 || as_stored(sum) != checkpoint_sum ||
             found.checkpoints.size() != static_cast<std::uint64_t>(checkpoints)) {
    found.problem = std::to_string(found.damaged) + " checkpoints are damaged";
    if (found.damaged == 0) found.problem = "checkpoints are missing";
  } else {
    found.complete = true;
  }
  return found;
}

}  // namespace

struct StateStore::State {
  State(Database& database, Options wanted)
      : handle(database.handle()),
        options(wanted),
        end(database, [this](bool committed) { on_end(committed); }),
        last_event(handle, "SELECT max(id) FROM event"),
        write_engine(handle,
                     "INSERT INTO engine_state VALUES(0,?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET"
                     " serial=?1,last_event=?2,checkpoints=?3,checkpoint_sum=?4,checksum=?5,engine=?6"),
        write_checkpoint(handle,
                         "INSERT INTO checkpoint VALUES(0,?1,?2,?3,?4)"
                         " ON CONFLICT DO UPDATE SET checksum=?3,value=?4"),
        remove_checkpoint(handle, "DELETE FROM checkpoint WHERE generation=0 AND source=? AND key=?") {}

  // What the tables hold is known only when the transaction has ended well.
  void on_end(bool committed) {
    if (committed) return;
    known = false;
    refreshed.reset();
  }

  // Checksums of the newer generation's checkpoints, so that one that changes costs no reading of the others.
  void learn() {
    if (known) return;
    sums.clear();
    sum = 0;
    Statement rows(handle, "SELECT source,key,checksum FROM checkpoint WHERE generation=0");
    while (rows.step()) {
      const auto row = static_cast<std::uint64_t>(rows.integer(2));
      sums.insert_or_assign({std::string(rows.text(0)), std::string(rows.text(1))}, row);
      sum += row;
    }
    Statement newest(handle, "SELECT serial,last_event FROM engine_state WHERE generation=0");
    const bool exists = newest.step();
    serial = exists ? newest.integer(0) : 0;
    event_before = exists ? newest.integer(1) : 0;
    known = true;
  }

  void copy(int from, int to) {
    const std::string target = std::to_string(to);
    const std::string source = std::to_string(from);
    execute(handle,
            ("DELETE FROM engine_state WHERE generation=" + target +
             ";DELETE FROM checkpoint WHERE generation=" + target + ";INSERT INTO engine_state SELECT " + target +
             ",serial,last_event,checkpoints,checkpoint_sum,checksum,engine FROM engine_state WHERE"
             " generation=" +
             source + ";INSERT INTO checkpoint SELECT " + target +
             ",source,key,checksum,value FROM checkpoint WHERE generation=" + source)
                .c_str());
  }

  void put_checkpoint(const CheckpointRow& row) {
    const std::pair<std::string, std::string> name{row.source, row.key};
    const auto known_row = sums.find(name);
    if (known_row != sums.end()) sum -= known_row->second;
    if (row.value.empty()) {
      if (known_row != sums.end()) sums.erase(known_row);
      remove_checkpoint.bind(1, row.source).bind(2, row.key).run();
      return;
    }
    const std::uint64_t check = row_checksum(row.source, row.key, row.value);
    sum += check;
    sums.insert_or_assign(name, check);
    write_checkpoint.bind(1, row.source).bind(2, row.key).bind(3, as_stored(check));
    write_checkpoint.bind_bytes(4, row.value).run();
  }

  void put(const std::string& engine, const std::vector<CheckpointRow>& changed) {
    Transaction transaction(handle);
    learn();
    const Clock::time_point now = Clock::now();
    if (!refreshed || now - *refreshed >= std::chrono::milliseconds(options.refresh.ms)) {
      copy(kNewer, kOlder);
      refreshed = now;
    }
    // Anything that fails from here on leaves the sums in doubt, also where the caller goes on with its transaction.
    known = false;
    for (const CheckpointRow& row : changed) put_checkpoint(row);
    // Retention may have emptied the table: ids that were given never count backwards.
    const std::int64_t newest = last_event.step() ? last_event.integer(0) : 0;
    last_event.reset();
    event_before = std::max(event_before, newest);
    const auto checkpoints = static_cast<std::int64_t>(sums.size());
    const std::uint64_t check = engine_checksum(event_before, checkpoints, sum, engine);
    write_engine.bind(1, ++serial).bind(2, event_before).bind(3, checkpoints).bind(4, as_stored(sum));
    write_engine.bind(5, as_stored(check)).bind_bytes(6, engine).run();
    known = true;
    transaction.commit();
  }

  // Makes `saved` the newer generation, whatever was there.
  void repair(const Saved& saved, std::int64_t event) {
    known = false;
    execute(handle, "DELETE FROM engine_state WHERE generation=0; DELETE FROM checkpoint WHERE generation=0");
    learn();
    event_before = event;
    for (const CheckpointRow& row : saved.checkpoints) put_checkpoint(row);
    const auto checkpoints = static_cast<std::int64_t>(sums.size());
    const std::uint64_t check = engine_checksum(event, checkpoints, sum, saved.engine);
    write_engine.bind(1, ++serial).bind(2, event).bind(3, checkpoints).bind(4, as_stored(sum));
    write_engine.bind(5, as_stored(check)).bind_bytes(6, saved.engine).run();
  }

  sqlite3* handle;
  Options options;
  EndOfTransaction end;
  Statement last_event, write_engine, write_checkpoint, remove_checkpoint;
  bool known = false;  // what follows is what the tables hold
  std::map<std::pair<std::string, std::string>, std::uint64_t> sums;
  std::uint64_t sum = 0;
  std::int64_t serial = 0;
  std::int64_t event_before = 0;
  std::optional<Clock::time_point> refreshed;
};

StateStore::StateStore(Database& database, Options options) : state_(std::make_unique<State>(database, options)) {}

StateStore::~StateStore() = default;

namespace {

StateStore::Saved saved_of(Generation& generation) {
  StateStore::Saved saved;
  if (generation.whole) saved.engine = std::move(generation.engine);
  for (auto& [name, value] : generation.checkpoints) {
    saved.checkpoints.push_back({.source = name.first, .key = name.second, .value = std::move(value)});
  }
  return saved;
}

// Neither is whole: the newer engine that can be read, or none, and each checkpoint as new as it can be had. Lines
// behind a checkpoint that is lost are read again or not at all, as its source begins.
StateStore::Saved salvage(Generation& newer, Generation& older, Generation*& used) {
  used = newer.whole || !older.whole ? &newer : &older;
  Generation& other = used == &newer ? older : newer;
  for (auto& [name, value] : other.checkpoints) used->checkpoints.try_emplace(name, std::move(value));
  return saved_of(*used);
}

}  // namespace

StateStore::Saved StateStore::load() {
  State& s = *state_;
  Transaction transaction(s.handle);
  Generation newer = read_generation(s.handle, kNewer);
  Generation older = read_generation(s.handle, kOlder);
  if (!newer.exists && !older.exists) return {};
  Generation* used = &newer;
  Saved saved;
  if (newer.complete) {
    saved = saved_of(newer);
  } else if (older.complete) {
    used = &older;
    saved = saved_of(older);
    saved.problem = newer.problem.empty() ? "the newest state is missing" : newer.problem;
    saved.problem += "; going on from an older state, what came after it is read again";
  } else {
    const std::string problem = newer.exists ? newer.problem : older.problem;
    saved = salvage(newer, older, used);
    saved.problem = problem + ", and the older state is no better (" +
                    (older.exists ? older.problem : std::string("there is none")) + "); " +
                    (saved.engine.empty() ? "the engine starts anew, " : "") + "reading goes on at " +
                    std::to_string(saved.checkpoints.size()) + " checkpoints that can be trusted";
  }
  // A copy that is no good would be in the way when it is needed; the next put() makes another.
  if (!older.complete) {
    execute(s.handle, "DELETE FROM engine_state WHERE generation=1; DELETE FROM checkpoint WHERE generation=1");
  }
  // Without an engine's state there is nothing that its events would be counted in twice.
  if (used->whole) {
    Statement(s.handle, "DELETE FROM event WHERE id>?").bind(1, used->last_event).run();
  }
  if (!newer.complete) {
    Statement newest(s.handle, "SELECT max(id) FROM event");
    const std::int64_t last = newest.step() ? newest.integer(0) : 0;
    newest.reset();
    s.repair(saved, used->whole ? used->last_event : last);
  }
  transaction.commit();
  return saved;
}

std::vector<GenerationReport> StateStore::inspect() {
  std::vector<GenerationReport> reports;
  for (const int generation : {kNewer, kOlder}) {
    const Generation found = read_generation(state_->handle, generation);
    if (!found.exists) continue;
    reports.push_back({.generation = generation,
                       .engine_bytes = found.engine.size(),
                       .checkpoints = found.checkpoints.size() + found.damaged,
                       .problem = found.problem});
  }
  return reports;
}

void StateStore::put(const std::string& engine, const std::vector<CheckpointRow>& changed) {
  state_->put(engine, changed);
}

}  // namespace tocsin
