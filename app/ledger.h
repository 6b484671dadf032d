// The data directory of a live run, written by the engine's thread: collects what the run has caused since the last
// commit, and commits it with the state that it led to, in one transaction. After kill -9 at any instant the directory
// holds a state and everything that led to it, and nothing else that matters: what was written early is recognized by
// its id, or taken back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/live_ingest.h"
#include "app/replay_view.h"
#include "app/result_writer.h"
#include "store/owner_lock.h"
#include "store/retention.h"
#include "store/silence_store.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"
#include "store/state_store.h"

namespace tocsin {

class Ledger {
 public:
  struct Options {
    std::string data_dir;
    RetentionRules retention;
    // Asked where a query of the engine fails; see SqliteEventStore::Options.
    std::function<bool(const StoreError&)> try_again = {};
  };
  // Throws StoreError: owned by another process, not ours, damaged.
  explicit Ledger(Options options);

  // What the last run left; empty state: nothing.
  struct Restored {
    std::string state;
    std::string problem;
  };
  Restored restore();

  EventStore& events() { return events_; }

  void add(const Effect& effect, const std::string& line);
  // Notifications to these contact points are kept as shown, and never sent.
  void set_shown_only(std::set<std::string, std::less<>> contact_points) { shown_only_ = std::move(contact_points); }
  // `id` names the line among all that were ever read; `line` is its line in the effect log.
  void add(const ShownDeadLetter& letter, std::optional<EventTime> now, const std::string& line, const std::string& id);
  // Something waits to be sent: the sooner it is committed, the better.
  bool is_urgent() const { return !notifications_.empty() || has_task_; }
  std::size_t staged() const { return staged_; }
  std::size_t buffered_bytes() const { return events_.buffered_bytes() + results_.buffered_bytes(); }

  // Throws StoreError where it can't be written now: nothing is lost, and the next call tries it all again.
  void commit(const std::string& state, const LiveIngest::Changes& changes);

  // As committed last; sources that are not there any more included.
  std::vector<StreamCheckpoint> checkpoints(const std::string& source) const;

  // Removes a little of what is too old, or too much; true: there is more to remove. Outside of a commit; throws
  // StoreError.
  bool remove_old(EventTime now) { return retention_.step(now); }
  void set_retention(RetentionRules rules) { retention_.set_rules(rules); }

  // The silences, where they have changed since the last call.
  std::optional<std::vector<Silence>> changed_silences();

  std::map<std::string, DeliveryTotals> delivery_totals() { return outbox_.totals(); }

 private:
  Options options_;
  OwnerLock lock_;
  Database database_;
  StateStore state_;
  StateStore::Saved saved_;  // before the events, of which loading takes some back
  SqliteEventStore events_;
  ResultWriter results_;
  SqliteOutbox outbox_;
  SilenceStore silences_;
  Retention retention_;
  std::set<std::string, std::less<>> shown_only_;
  std::vector<Notification> notifications_;                                   // not committed yet
  using Rows = std::map<std::pair<std::string, std::string>, CheckpointRow>;  // by source and key
  Rows rows_;                                                                 // all, as committed
  Rows new_rows_;                                                             // not committed yet
  bool has_task_ = false;
  std::size_t staged_ = 0;
  std::optional<std::int64_t> silences_version_;
};

}  // namespace tocsin
