// What a run concluded, kept in the data directory: transitions, executions with their histories, findings,
// notifications with their delivery, dead letters. Written by the engine's thread, read by the `ls`, `show` and
// `history` commands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "store/database.h"

namespace tocsin {

// A line of the effect log: its JSON text is kept whole, beside what one looks it up by. An id is stored once: storing
// it again replaces it.
struct ResultRow {
  std::string type;  // transition, execution, finding, notification, dead_letter
  std::string id;
  EventTime at;
  std::string subject;  // alarm, workflow, incident, contact point, or reason
  std::string json;
};

class ResultStore {
 public:
  // `live`: nothing is written but by flush(), so that results are committed together with the state that led to them.
  explicit ResultStore(Database& database, bool live = false);
  ~ResultStore();
  void put(const ResultRow& row);
  // In order of (at, arrival). An empty subject or id: all. Nothing stands open while the visitor works; it may write.
  void visit(const std::string& type, const std::string& subject, const std::string& id,
             const std::function<bool(const ResultRow&)>& visitor);
  // Inside the caller's transaction the rows are also kept until that has ended: where it fails they are written again
  // by the next flush().
  void flush();
  std::size_t buffered_bytes() const;
  void remove(const std::string& type, const std::vector<std::string>& ids);
  // Forgets what is older, whatever its type.
  void expire(EventTime before);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
