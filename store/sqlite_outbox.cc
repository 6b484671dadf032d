#include "store/sqlite_outbox.h"

#include <algorithm>
#include <utility>

#include "engine/delivery/failure_notices.h"
#include "store/delivery_row.h"
#include "store/statement.h"

namespace tocsin {
namespace {

// What is kept of each delivery's attempts: how it began, and what happened last.
constexpr std::int64_t kFirstAttempts = 5, kLastAttempts = 45;
constexpr std::size_t kMostReply = 1024;

// Long lists are read and changed in pieces, so that nobody waits for the whole: a reader that is printed to a slow
// terminal would keep the log from being emptied, a writer would keep the engine from committing.
constexpr std::int64_t kReadPiece = 256;
constexpr std::int64_t kWritePiece = 500;
constexpr std::int64_t kLatest = 10'000;   // that are searched for the newest dead letters
constexpr std::int64_t kClosePiece = 250;  // before the other contact points have their turn

}  // namespace

struct SqliteOutbox::State {
  explicit State(Database& database)
      : handle(database.handle()),
        insert(handle,
               "INSERT INTO delivery(id,contact_point,order_key,state,blocked,due,created,at,attempts,redrives,"
               "disposition,type,reason,why,labels,payload) VALUES(?1,?2,?3,?4,?5,?6,?6,?7,0,?8,?9,?10,?11,?12,?13,?14)"
               " ON CONFLICT(id,contact_point) DO NOTHING"),
        head(handle, "SELECT min(sequence) FROM delivery WHERE contact_point=?1 AND order_key=?2 AND state=0"),
        set_blocked(handle, "UPDATE delivery SET blocked=?2 WHERE sequence=?1 AND blocked<>?2"),
        due(handle, "SELECT " + std::string(kDeliveryColumns) +
                        " FROM delivery WHERE contact_point=?1 AND state=0 AND blocked=0 AND due<=?2"
                        " ORDER BY due,sequence LIMIT ?3"),
        next_due(handle,
                 "SELECT due,order_key FROM delivery WHERE contact_point=?1 AND state=0 AND blocked=0"
                 " ORDER BY due,sequence LIMIT ?2"),
        known(handle, "SELECT contact_point,order_key,state,blocked,reason FROM delivery WHERE sequence=?1"),
        outcome(handle, "UPDATE delivery SET state=?2,blocked=?3,attempts=?4,due=?5,reason=?6 WHERE sequence=?1"),
        add_attempt(handle,
                    "INSERT INTO attempt VALUES(?1,(SELECT coalesce(max(serial),0)+1 FROM attempt WHERE sequence=?1),"
                    "?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"),
        trim_attempts(handle,
                      "DELETE FROM attempt WHERE sequence=?1 AND serial>?2 AND"
                      " serial<=(SELECT max(serial) FROM attempt WHERE sequence=?1)-?3"),
        closed_reason(handle, "SELECT reason FROM closed_contact_point WHERE name=?1") {}

  std::optional<std::string> closed(std::string_view contact_point) {
    closed_reason.bind(1, contact_point);
    std::optional<std::string> reason;
    if (closed_reason.step()) reason = closed_reason.text(0);
    closed_reason.reset();
    return reason;
  }

  std::int64_t head_of(std::string_view contact_point, std::string_view order_key) {
    head.bind(1, contact_point).bind(2, order_key);
    const std::int64_t sequence = head.step() ? head.integer(0) : 0;
    head.reset();
    return sequence;
  }

  void block(std::int64_t sequence, bool blocked) {
    set_blocked.bind(1, sequence).bind(2, std::int64_t{blocked ? 1 : 0}).run();
  }

  struct New {
    const Notification& notification;
    EventTime now;
    DeliveryState state;
    std::string reason;
    std::int64_t redrives = 0;
  };
  void add(const New& row) {
    const Notification& n = row.notification;
    const bool pending = row.state == DeliveryState::kPending;
    const bool blocked = pending && head_of(n.contact_point, n.order_key) != 0;
    const std::string labels = labels_bytes(n.labels);
    insert.bind(1, n.id).bind(2, n.contact_point).bind(3, n.order_key).bind(4, number_of(row.state));
    insert.bind(5, std::int64_t{blocked ? 1 : 0}).bind(6, row.now.ms).bind(7, n.at.ms).bind(8, row.redrives);
    insert.bind(9, static_cast<std::int64_t>(n.disposition)).bind(10, n.type).bind(11, row.reason);
    insert.bind(12, n.reason).bind_bytes(13, labels).bind(14, n.payload).run();
  }

  void add(const Notification& notification, EventTime now, bool shown) {
    if (notification.disposition != Disposition::kSend) {
      const std::string reason =
          notification.reason.empty() ? std::string(to_text(notification.disposition)) : notification.reason;
      add({notification, now, DeliveryState::kSuppressed, reason});
    } else if (shown) {
      add({notification, now, DeliveryState::kShown, ""});
    } else if (const std::optional<std::string> reason = closed(notification.contact_point)) {
      add({notification, now, DeliveryState::kDead, *reason});
    } else {
      add({notification, now, DeliveryState::kPending, ""});
    }
  }

  void keep_attempt(const DeliveryAttempt& attempt) {
    const std::string_view reply = std::string_view(attempt.reply).substr(0, kMostReply);
    const std::string_view error = std::string_view(attempt.outcome.error).substr(0, kMostReply);
    const auto sequence = static_cast<std::int64_t>(attempt.sequence);
    add_attempt.bind(1, sequence).bind(2, std::int64_t{attempt.attempt}).bind(3, attempt.at.ms);
    add_attempt.bind(4, attempt.took.ms).bind(5, std::int64_t{attempt.outcome.status}).bind(6, error);
    add_attempt.bind(7, std::string_view(attempt.outcome.retry_after).substr(0, kMostReply));
    add_attempt.bind(8, std::string_view(attempt.outcome.date).substr(0, kMostReply));
    add_attempt.bind(9, static_cast<std::int64_t>(attempt.decision.step));
    add_attempt.bind(10, static_cast<std::int64_t>(attempt.decision.reason)).bind(11, attempt.decision.at.ms);
    add_attempt.bind(12, reply).run();
    if (attempt.attempt > kFirstAttempts + kLastAttempts) {
      trim_attempts.bind(1, sequence).bind(2, kFirstAttempts).bind(3, kLastAttempts).run();
    }
  }

  void record(const DeliveryAttempt& attempt) {
    const auto sequence = static_cast<std::int64_t>(attempt.sequence);
    known.bind(1, sequence);
    if (!known.step()) return;  // forgotten meanwhile
    const std::string contact_point(known.text(0));
    const std::string order_key(known.text(1));
    const auto before = enum_of(known.integer(2), DeliveryState::kShown);
    const std::int64_t blocked = known.integer(3);
    std::string reason(known.text(4));
    known.reset();
    keep_attempt(attempt);
    DeliveryState after = before;
    switch (attempt.decision.step) {
      case DeliveryStep::kDone:
        after = DeliveryState::kDelivered;
        break;
      case DeliveryStep::kRetry:  // what was given up meanwhile (the contact point was closed) stays so
        break;
      case DeliveryStep::kDeadLetter:
        if (before == DeliveryState::kPending) after = DeliveryState::kDead;
        break;
    }
    const bool pending = after == DeliveryState::kPending;
    outcome.bind(1, sequence).bind(2, number_of(after)).bind(3, pending ? blocked : 0);
    outcome.bind(4, std::int64_t{attempt.attempt}).bind(5, attempt.decision.at.ms);
    if (after != before || pending) reason = failure_text(attempt);
    outcome.bind(6, reason).run();
    if (before == DeliveryState::kPending && !pending) unblock(contact_point, order_key);
  }

  void unblock(std::string_view contact_point, std::string_view order_key) {
    if (const std::int64_t next = head_of(contact_point, order_key); next != 0) block(next, false);
  }

  // Pending deliveries of a closed contact point become dead, a bounded number at a time; true: some are left.
  bool bury(const std::string& contact_point, const std::string& reason) {
    Transaction transaction(handle);
    Statement(handle,
              "UPDATE delivery SET state=2,blocked=0,reason=?2 WHERE sequence IN (SELECT sequence FROM delivery"
              " WHERE contact_point=?1 AND state=0 LIMIT ?3)")
        .bind(1, contact_point)
        .bind(2, reason)
        .bind(3, kClosePiece)
        .run();
    transaction.commit();
    Statement left(handle, "SELECT EXISTS(SELECT 1 FROM delivery WHERE contact_point=?1 AND state=0)");
    left.bind(1, contact_point);
    return left.step() && left.integer(0) != 0;
  }

  // Makes a dead one pending at its old place among those of its key.
  void revive(const Delivery& delivery, EventTime now) {
    const auto sequence = static_cast<std::int64_t>(delivery.sequence);
    const std::int64_t first = head_of(delivery.notification.contact_point, delivery.notification.order_key);
    const bool blocked = first != 0 && first < sequence;
    if (first > sequence) block(first, true);
    Statement(handle,
              "UPDATE delivery SET state=0,blocked=?2,attempts=0,redrives=redrives+1,created=?3,due=?3"
              " WHERE sequence=?1")
        .bind(1, sequence)
        .bind(2, std::int64_t{blocked ? 1 : 0})
        .bind(3, now.ms)
        .run();
  }

  std::vector<Delivery> page(const DeliveryFilter& filter, std::int64_t after, std::int64_t most) {
    Statement statement(handle, "SELECT " + std::string(kDeliveryColumns) + " FROM delivery WHERE sequence>?1" +
                                    where_of(filter) + " ORDER BY sequence LIMIT ?2");
    statement.bind(1, after).bind(2, most);
    bind_filter(statement, filter);
    std::vector<Delivery> deliveries;
    while (statement.step()) deliveries.push_back(delivery_of(statement));
    return deliveries;
  }

  sqlite3* handle;
  Statement insert, head, set_blocked, due, next_due, known, outcome, add_attempt, trim_attempts, closed_reason;
};

SqliteOutbox::SqliteOutbox(Database& database) : state_(std::make_unique<State>(database)) {}

SqliteOutbox::~SqliteOutbox() = default;

void SqliteOutbox::add(const Notification& notification, EventTime now, bool shown) {
  Transaction transaction(state_->handle);
  state_->add(notification, now, shown);
  transaction.commit();
}

std::vector<Delivery> SqliteOutbox::due(const std::string& contact_point, EventTime now, std::size_t most,
                                        std::span<const std::string> under_way) {
  if (most == 0 || state_->closed(contact_point)) return {};
  // Each key has one that is not blocked, so at most as many are left out as keys are under way.
  Statement& statement = state_->due;
  statement.bind(1, contact_point).bind(2, now.ms);
  statement.bind(3, static_cast<std::int64_t>(most + under_way.size()));
  std::vector<Delivery> deliveries;
  while (deliveries.size() < most && statement.step()) {
    if (std::ranges::find(under_way, statement.text(3)) == under_way.end()) {
      deliveries.push_back(delivery_of(statement));
    }
  }
  statement.reset();
  return deliveries;
}

std::optional<EventTime> SqliteOutbox::next_due(const std::string& contact_point,
                                                std::span<const std::string> under_way) {
  if (const std::optional<std::string> reason = state_->closed(contact_point)) {
    // What close() left to be done; asked again at once while there is more.
    return state_->bury(contact_point, *reason) ? std::optional(EventTime{}) : std::nullopt;
  }
  Statement& statement = state_->next_due;
  statement.bind(1, contact_point).bind(2, static_cast<std::int64_t>(1 + under_way.size()));
  std::optional<EventTime> next;
  while (!next && statement.step()) {
    if (std::ranges::find(under_way, statement.text(1)) == under_way.end()) next = EventTime{statement.integer(0)};
  }
  statement.reset();
  return next;
}

void SqliteOutbox::record(std::span<const DeliveryAttempt> attempts) {
  Transaction transaction(state_->handle);
  for (const DeliveryAttempt& attempt : attempts) state_->record(attempt);
  transaction.commit();
}

void SqliteOutbox::close(const std::string& contact_point, const std::string& reason, EventTime now) {
  Statement(state_->handle, "INSERT INTO closed_contact_point VALUES(?1,?2,?3) ON CONFLICT DO NOTHING")
      .bind(1, contact_point)
      .bind(2, reason)
      .bind(3, now.ms)
      .run();
  state_->bury(contact_point, reason);
}

std::uint64_t SqliteOutbox::count(const std::string& contact_point) {
  Statement row(state_->handle, "SELECT number FROM delivery_count WHERE contact_point=?1 AND state=2");
  row.bind(1, contact_point);
  return row.step() ? static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.integer(0))) : 0;
}

// Among the latest events: what has died of late is seldom older, and a long list must not hold up the start.
std::vector<DeadLetters::Death> SqliteOutbox::newest(const std::string& contact_point) {
  if (count(contact_point) == 0) return {};
  std::map<std::int64_t, std::uint64_t> by_reason;  // the last row of each is the newest
  Statement rows(state_->handle,
                 "SELECT a.reason,d.sequence FROM (SELECT sequence,contact_point,state,type FROM delivery"
                 " WHERE state<>0 ORDER BY at DESC LIMIT ?2) d JOIN attempt a ON a.sequence=d.sequence AND"
                 " a.serial=(SELECT max(serial) FROM attempt WHERE sequence=d.sequence)"
                 " WHERE d.contact_point=?1 AND d.state=2 AND d.type<>?3 AND a.step=?4"
                 " ORDER BY a.at+a.took,d.sequence");
  rows.bind(1, contact_point).bind(2, kLatest).bind(3, FailureNotices::kType);
  rows.bind(4, static_cast<std::int64_t>(DeliveryStep::kDeadLetter));
  while (rows.step()) by_reason[rows.integer(0)] = static_cast<std::uint64_t>(rows.integer(1));
  std::vector<Death> deaths;
  for (const auto& [reason, sequence] : by_reason) {
    std::vector<Delivery> delivery = state_->page({}, static_cast<std::int64_t>(sequence) - 1, 1);
    std::vector<DeliveryAttempt> made = attempts(sequence);
    if (delivery.empty() || made.empty()) continue;
    deaths.push_back({.delivery = std::move(delivery.front()), .attempt = std::move(made.back())});
  }
  return deaths;
}

void SqliteOutbox::visit(const DeliveryFilter& filter, const std::function<bool(const Delivery&)>& visitor) {
  std::int64_t after = 0;
  while (true) {
    const std::vector<Delivery> piece = state_->page(filter, after, kReadPiece);
    for (const Delivery& delivery : piece) {
      if (!visitor(delivery)) return;
    }
    if (piece.size() < static_cast<std::size_t>(kReadPiece)) return;
    after = static_cast<std::int64_t>(piece.back().sequence);
  }
}

std::vector<DeliveryAttempt> SqliteOutbox::attempts(std::uint64_t sequence) {
  Statement rows(state_->handle,
                 "SELECT number,at,took,status,error,retry_after,date,step,reason,next,reply FROM attempt"
                 " WHERE sequence=? ORDER BY serial");
  rows.bind(1, static_cast<std::int64_t>(sequence));
  std::vector<DeliveryAttempt> attempts;
  while (rows.step()) {
    attempts.push_back({.sequence = sequence,
                        .attempt = static_cast<int>(rows.integer(0)),
                        .at = {rows.integer(1)},
                        .took = {rows.integer(2)},
                        .outcome = {.status = static_cast<int>(rows.integer(3)),
                                    .error = std::string(rows.text(4)),
                                    .retry_after = std::string(rows.text(5)),
                                    .date = std::string(rows.text(6))},
                        .reply = std::string(rows.text(10)),
                        .decision = {.step = enum_of(rows.integer(7), DeliveryStep::kDeadLetter),
                                     .reason = enum_of(rows.integer(8), DeliveryReason::kGaveUp),
                                     .at = {rows.integer(9)}}});
  }
  return attempts;
}

std::uint64_t SqliteOutbox::redrive(const Redrive& redrive) {
  DeliveryFilter filter = redrive.filter;
  filter.state = DeliveryState::kDead;
  std::uint64_t redriven = 0;
  std::int64_t after = 0;
  // A copy for a contact point that is already closed, or one that is sent where it was, would die again at once.
  while (true) {
    std::optional<Transaction> transaction;
    if (!redrive.dry_run) transaction.emplace(state_->handle);
    const std::vector<Delivery> piece = state_->page(filter, after, kWritePiece);
    for (const Delivery& delivery : piece) {
      if (!redrive.to.empty() && redrive.to != delivery.notification.contact_point) {
        redriven += copy_for(delivery, redrive) ? 1 : 0;
      } else {
        if (!redrive.dry_run) state_->revive(delivery, redrive.now);
        ++redriven;
      }
    }
    if (transaction) transaction->commit();
    if (piece.size() < static_cast<std::size_t>(kWritePiece)) return redriven;
    after = static_cast<std::int64_t>(piece.back().sequence);
  }
}

// The copy has the same id. Where the contact point has this notification already only a dead one is tried again.
bool SqliteOutbox::copy_for(const Delivery& delivery, const Redrive& redrive) {
  Notification copy = delivery.notification;
  copy.contact_point = redrive.to;
  const std::vector<Delivery> there = state_->page({.id = copy.id, .contact_point = copy.contact_point}, 0, 1);
  if (there.empty()) {
    if (!redrive.dry_run) state_->add({copy, redrive.now, DeliveryState::kPending, "", delivery.redrives + 1});
    return true;
  }
  if (there.front().state != DeliveryState::kDead) return false;
  if (!redrive.dry_run) state_->revive(there.front(), redrive.now);
  return true;
}

std::map<std::string, std::string> SqliteOutbox::closed() {
  std::map<std::string, std::string> closed;
  Statement rows(state_->handle, "SELECT name,reason FROM closed_contact_point");
  while (rows.step()) closed.emplace(rows.text(0), rows.text(1));
  return closed;
}

bool SqliteOutbox::reopen(const std::string& contact_point) {
  Transaction transaction(state_->handle);
  const bool was_closed = state_->closed(contact_point).has_value();
  Statement(state_->handle, "DELETE FROM closed_contact_point WHERE name=?").bind(1, contact_point).run();
  transaction.commit();
  return was_closed;
}

std::map<std::string, DeliveryTotals> SqliteOutbox::totals() {
  std::map<std::string, DeliveryTotals> totals;
  Statement rows(state_->handle, "SELECT contact_point,state,number FROM delivery_count");
  while (rows.step()) {
    DeliveryTotals& of = totals[std::string(rows.text(0))];
    const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(0, rows.integer(2)));
    switch (enum_of(rows.integer(1), DeliveryState::kShown)) {
      case DeliveryState::kPending:
        of.pending = number;
        break;
      case DeliveryState::kDelivered:
        of.delivered = number;
        break;
      case DeliveryState::kDead:
        of.dead = number;
        break;
      case DeliveryState::kSuppressed:
        of.suppressed = number;
        break;
      case DeliveryState::kShown:
        break;
    }
  }
  Statement oldest(state_->handle, "SELECT min(created) FROM delivery WHERE contact_point=?1 AND state=0");
  for (auto& [contact_point, of] : totals) {
    oldest.bind(1, contact_point);
    if (of.pending > 0 && oldest.step()) of.oldest_pending = EventTime{oldest.integer(0)};
    oldest.reset();
  }
  return totals;
}

void SqliteOutbox::expire(EventTime before) {
  while (remove_finished_deliveries(state_->handle, before, kWritePiece) == kWritePiece) {
  }
}

std::int64_t remove_finished_deliveries(sqlite3* handle, EventTime before, std::int64_t most) {
  Transaction transaction(handle);
  std::vector<std::int64_t> sequences;
  {
    Statement rows(handle, "SELECT sequence FROM delivery WHERE state<>0 AND at<?1 ORDER BY at LIMIT ?2");
    rows.bind(1, before.ms).bind(2, most);
    while (rows.step()) sequences.push_back(rows.integer(0));
  }
  Statement attempts(handle, "DELETE FROM attempt WHERE sequence=?");
  Statement delivery(handle, "DELETE FROM delivery WHERE sequence=?");
  for (const std::int64_t sequence : sequences) {
    attempts.bind(1, sequence).run();
    delivery.bind(1, sequence).run();
  }
  transaction.commit();
  return static_cast<std::int64_t>(sequences.size());
}

}  // namespace tocsin
