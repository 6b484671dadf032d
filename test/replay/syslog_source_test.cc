// Syslog over real sockets; what all sources promise is in live_source_contract_test.cc.
#include "replay/syslog_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay/byte_source.h"
#include "test/replay/fake_live_sink.h"
#include "test/replay/live_feeds.h"

namespace tocsin {
namespace {

using test::connect_to;
using test::FakeLiveSink;
using test::RunningSource;
using test::send_all;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class SyslogTest : public testing::Test {
 protected:
  SyslogTest() {
    definition_.type = SourceType::kSyslog;
    definition_.name = "net";
    definition_.listen = {"udp://127.0.0.1:0", "tcp://127.0.0.1:0"};
  }
  ~SyslogTest() override { source_.reset(); }

  void start(SyslogSource::Limits limits) {
    auto source = std::make_unique<SyslogSource>(definition_, LiveSourceOptions(), limits);
    addresses_ = source->addresses();
    source_.emplace(std::move(source), sink_);
  }
  void start() { start(SyslogSource::Limits()); }
  Descriptor udp() const { return connect_to(addresses_.at(0)); }
  Descriptor tcp() const { return connect_to(addresses_.at(1)); }

  SourceDefinition definition_;
  std::vector<std::string> addresses_;
  FakeLiveSink sink_;
  std::optional<RunningSource> source_;
};

TEST_F(SyslogTest, DialectsOfOneSocketAreStreamsOfTheirOwn) {
  start();
  const Descriptor client = udp();
  send_all(client.get(), "<13>1 2024-01-01T00:00:00Z h a - - - new");
  send_all(client.get(), "<13>Jan  1 00:00:00 h a: old");
  send_all(client.get(), "{\"level\":\"ERROR\"}");
  ASSERT_TRUE(sink_.wait_for_lines(3));
  std::vector<std::string> formats;
  for (const StreamInfo& info : sink_.infos()) formats.emplace_back(to_text(*info.format));
  EXPECT_THAT(formats, UnorderedElementsAre("syslog5424", "syslog3164", "ndjson"));
}

TEST_F(SyslogTest, AFormatThatIsGivenIsTheFormat) {
  definition_.format = LineFormat::kLogfmt;
  start();
  const Descriptor client = tcp();
  send_all(client.get(), "<13>Jan  1 00:00:00 h a: x=1\n<13>1 - h a - - - y=1\n");
  ASSERT_TRUE(sink_.wait_for_lines(2));
  ASSERT_EQ(sink_.infos().size(), 1u);
  EXPECT_EQ(sink_.infos()[0].format, LineFormat::kLogfmt);
}

TEST_F(SyslogTest, AConnectionIsAStreamAndItsRestItsLastLine) {
  start();
  {
    const Descriptor first = tcp();
    const Descriptor second = tcp();
    send_all(first.get(), "<13>1 - h a - - - one\n<13>1 - h a - - - rest");
    send_all(second.get(), "21 <13>1 - h a - - - two");
    ASSERT_TRUE(sink_.wait_for_lines(2));
  }
  ASSERT_TRUE(sink_.wait_for_closed(2));
  EXPECT_THAT(sink_.texts(),
              UnorderedElementsAre("<13>1 - h a - - - one", "<13>1 - h a - - - two", "<13>1 - h a - - - rest"));
  EXPECT_TRUE(sink_.committed().empty());
}

TEST_F(SyslogTest, LongMessagesAreCut) {
  definition_.max_line = 30;
  start();
  const Descriptor stream = tcp();
  send_all(stream.get(), "<13>1 - h a - - - " + std::string(100, 'x') + "\n<13>1 - h a - - - next\n");
  ASSERT_TRUE(sink_.wait_for_lines(2));
  const Descriptor packets = udp();
  send_all(packets.get(), "<13>1 - h a - - - " + std::string(100, 'y'));
  ASSERT_TRUE(sink_.wait_for_lines(3));
  EXPECT_THAT(sink_.texts(), ElementsAre("<13>1 - h a - - - " + std::string(12, 'x'), "<13>1 - h a - - - next",
                                         "<13>1 - h a - - - " + std::string(12, 'y')));
  EXPECT_TRUE(sink_.lines()[0].cut && sink_.lines()[2].cut && !sink_.lines()[1].cut);
  EXPECT_EQ(source_->status().truncated_lines, 2u);
}

TEST_F(SyslogTest, TooManyConnectionsAreRefusedAndTold) {
  start({.most_connections = 3});  // the UDP socket is one
  const Descriptor first = tcp();
  const Descriptor second = tcp();
  const Descriptor third = tcp();
  ASSERT_TRUE(sink_.wait_for_told("is refused"));
  char byte = 0;
  EXPECT_LE(::recv(third.get(), &byte, 1, 0), 0);
  send_all(first.get(), "<13>1 - h a - - - one\n");
  ASSERT_TRUE(sink_.wait_for_lines(1));
}

TEST_F(SyslogTest, ASenderThatDoesNotEndItsMessageIsClosed) {
  start({.stalled = std::chrono::seconds(0)});
  const Descriptor client = tcp();
  send_all(client.get(), "100 <13>1 - h a - - - begun");
  ASSERT_TRUE(sink_.wait_for_told("did not end it"));
  ASSERT_TRUE(sink_.wait_for_lines(1));
  EXPECT_THAT(sink_.texts(), ElementsAre("<13>1 - h a - - - begun"));
}

// What the system threw away while nobody read is counted.
TEST_F(SyslogTest, DroppedPacketsAreCounted) {
  sink_.hold(true);
  start();
  const Descriptor client = udp();
  const std::string large(60'000, 'x');
  send_all(client.get(), "<13>1 - h a - - - first");
  ASSERT_TRUE(sink_.wait_for_blocked());
  for (int i = 0; i < 1000; ++i) send_all(client.get(), large);
  sink_.hold(false);
  ASSERT_TRUE(sink_.wait_for_lines(2));
  // The count comes with a packet that was queued behind the loss.
  ASSERT_TRUE(sink_.wait_until([&] {
    send_all(client.get(), "<13>1 - h a - - - later");
    return source_->status().dropped_packets > 0;
  }));
}

TEST_F(SyslogTest, AnAddressThatIsTakenIsAnError) {
  start();
  definition_.listen = {addresses_[1]};
  EXPECT_THROW(SyslogSource(definition_, LiveSourceOptions()), SourceError);
  definition_.listen = {};
  EXPECT_NE(source_problem(definition_), "");
}

}  // namespace
}  // namespace tocsin
