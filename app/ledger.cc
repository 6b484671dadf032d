#include "app/ledger.h"

#include <utility>

#include "app/checkpoint_bytes.h"
#include "app/idle_clock.h"

namespace tocsin {

Ledger::Ledger(Options options)
    : options_(std::move(options)),
      lock_(options_.data_dir),
      database_(Database::open(options_.data_dir, Durability::kSafe)),
      state_(database_),
      saved_(state_.load()),
      events_(database_, {.live = true, .try_again = options_.try_again}),
      results_(database_, true),
      outbox_(database_),
      silences_(database_),
      retention_(database_, options_.retention) {
  if (!results_.is_empty()) {
    throw StoreError(options_.data_dir + " holds the results of a replay; name another directory");
  }
}

Ledger::Restored Ledger::restore() {
  StateStore::Saved saved = std::exchange(saved_, {});
  Restored restored{.state = std::move(saved.engine), .problem = std::move(saved.problem)};
  for (CheckpointRow& row : saved.checkpoints) {
    if (!checkpoint_of(row)) {
      restored.problem += " The checkpoint " + row.key + " of source '" + row.source + "' can't be read.";
      continue;
    }
    std::pair<std::string, std::string> place(row.source, row.key);
    rows_.insert_or_assign(std::move(place), std::move(row));
  }
  return restored;
}

std::vector<StreamCheckpoint> Ledger::checkpoints(const std::string& source) const {
  std::vector<StreamCheckpoint> checkpoints;
  for (auto at = rows_.lower_bound({source, std::string()}); at != rows_.end() && at->first.first == source; ++at) {
    checkpoints.push_back(*checkpoint_of(at->second));
  }
  return checkpoints;
}

void Ledger::add(const Effect& effect, const std::string& line) {
  ++staged_;
  results_.put(effect, line);
  if (const auto* notification = std::get_if<Notification>(&effect)) notifications_.push_back(*notification);
  if (std::holds_alternative<RunTask>(effect)) has_task_ = true;
}

void Ledger::add(const ShownDeadLetter& letter, std::optional<EventTime> now, const std::string& line,
                 const std::string& id) {
  ++staged_;
  results_.put(letter, now, line, id);
}

void Ledger::commit(const std::string& state, const LiveIngest::Changes& changes) {
  for (const StreamCheckpoint& checkpoint : changes.changed) {
    new_rows_.insert_or_assign({checkpoint.source, checkpoint.key}, row_of(checkpoint));
  }
  for (const StreamCheckpoint& gone : changes.forgotten) {
    new_rows_.insert_or_assign({gone.source, gone.key},
                               CheckpointRow{.source = gone.source, .key = gone.key, .value = {}});
  }
  std::vector<CheckpointRow> rows;
  rows.reserve(new_rows_.size());
  for (const auto& [place, row] : new_rows_) rows.push_back(row);
  Transaction transaction(database_.handle());
  events_.flush();
  results_.flush();
  const EventTime now = read_clocks().wall;
  for (const Notification& notification : notifications_) {
    outbox_.add(notification, now, shown_only_.contains(notification.contact_point));
  }
  state_.put(state, rows);
  transaction.commit();
  for (auto& [place, row] : new_rows_) {
    if (row.value.empty()) {
      rows_.erase(place);
    } else {
      rows_.insert_or_assign(place, std::move(row));
    }
  }
  new_rows_.clear();
  notifications_.clear();
  has_task_ = false;
  staged_ = 0;
}

std::optional<std::vector<Silence>> Ledger::changed_silences() {
  const std::int64_t version = silences_.data_version();
  if (version == silences_version_) return std::nullopt;
  silences_version_ = version;
  return silences_.all();
}

}  // namespace tocsin
