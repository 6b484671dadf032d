// A Transport without a network: answers each request with the next of a script, at the next poll.
#pragma once

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "notifiers/transport.h"

namespace tocsin {

class FakeTransport : public Transport {
 public:
  void send(HttpRequest request, std::function<void(HttpResponse)> done) override {
    requests.push_back(request);
    under_way_.emplace_back(std::move(request), std::move(done));
  }

  std::size_t poll(Period wait) override {
    waits.push_back(wait);
    std::vector<std::pair<HttpRequest, std::function<void(HttpResponse)>>> ready;
    if (!held) ready.swap(under_way_);
    for (auto& [request, done] : ready) {
      std::deque<HttpResponse>& script = answers[request.url];
      HttpResponse response;
      response.status = 204;
      if (!script.empty()) {
        response = script.front();
        script.pop_front();
      }
      done(std::move(response));
    }
    return under_way_.size();
  }

  void wake() override {}

  void answer(const std::string& url, const std::vector<int>& statuses) {
    for (const int status : statuses) {
      HttpResponse response;
      response.status = status;
      if (status == 0) response.error = "connection reset";
      answers[url].push_back(response);
    }
  }

  std::vector<HttpRequest> requests;                        // in the order sent
  std::vector<Period> waits;                                // of each poll
  std::map<std::string, std::deque<HttpResponse>> answers;  // by URL; 204 where the script is at its end
  bool held = false;                                        // nothing is answered while true

 private:
  std::vector<std::pair<HttpRequest, std::function<void(HttpResponse)>>> under_way_;
};

}  // namespace tocsin
