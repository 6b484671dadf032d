// Which other service a message blames: "timeout calling payment", "POST http://ts-price-service:8080/api" or
// "path /api/v1/priceservice" name one. Compared as whole words, without case, '-' and '_'; where all services share a
// prefix ("ts-"), the names without it count too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

class ServiceMentions {
 public:
  // `services`: sorted, each once.
  explicit ServiceMentions(std::vector<std::string> services);

  // The index of the last service named that is not `own`: in "payment: call to ledger failed" the last is the nearest
  // to the fault. At most 4 KiB of the message are read.
  std::optional<std::size_t> named_in(std::string_view message, std::string_view own) const;

  const std::vector<std::string>& services() const { return services_; }

 private:
  void add_alias(std::string_view name, std::size_t service);

  std::vector<std::string> services_;
  std::map<std::string, std::size_t, std::less<>> aliases_;
  std::size_t longest_ = 0;
};

}  // namespace tocsin
