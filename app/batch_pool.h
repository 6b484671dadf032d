// Lends batches out and takes them back when their last owner lets go, so that a long run reads and parses into the
// same few megabytes instead of asking the system for each batch anew. Any thread. Must outlive the batches it lent.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/event/parsed_batch.h"

namespace tocsin {

class BatchPool {
 public:
  // What the batch holds means nothing; its memory is warm.
  std::shared_ptr<ParsedBatch> take();

 private:
  void give_back(std::unique_ptr<ParsedBatch> batch);

  std::mutex mutex_;
  std::vector<std::unique_ptr<ParsedBatch>> free_;
};

}  // namespace tocsin
