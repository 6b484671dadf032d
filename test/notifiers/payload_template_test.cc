#include "notifiers/payload_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using nlohmann::json;
using testing::ElementsAre;

Notification notification(const std::string& data) {
  Notification made;
  made.id = "evt_1";
  made.contact_point = "oncall";
  made.type = "incident.finding";
  made.at = EventTime{1'795'000'000'000};
  made.labels = {{"service", "payment"}};
  made.payload = notification_payload(made.type, made.at, data);
  return made;
}

const std::string kData = R"({"title":"It \"broke\"","n":3,"x":2.5,"yes":true,"nothing":null,"empty":"",
  "list":["a","b",3],"services":[{"service":"payment","score":0.7},{"service":"checkout","score":0.2}],
  "ms":1795000000250,"long":"äöüß€😀"})";

std::string rendered(const std::string& tree) {
  return render_payload(tree, notification(kData)).json;
}

TEST(PayloadTemplate, Renders) {
  const std::pair<const char*, const char*> rows[] = {
      {R"("{{ data.title }}")", R"("It \"broke\"")"},
      {R"("title: {{ data.title }}!")", R"("title: It \"broke\"!")"},
      // One expression alone keeps its type.
      {R"("{{ data.n }}")", "3"},
      {R"("{{ data.x }}")", "2.5"},
      {R"("{{ data.yes }}")", "true"},
      {R"("{{ data.list }}")", R"(["a","b",3])"},
      {R"("{{ data.missing }}")", "null"},
      {R"("n={{ data.n }} x={{ data.x }} {{ data.yes }} {{ data.missing }}.")", R"("n=3 x=2.5 true .")"},
      {R"("{{ data.services[1].service }} {{ data.services[7].service }}.")", R"("checkout .")"},
      {R"("{{ data.empty | default \"none\" }} {{ data.nothing | default 'null' }} {{ data.n | default 'x' }}")",
       R"("none null 3")"},
      {R"("{{ data.title | upper }} {{ type | lower }}")", R"("IT \"BROKE\" incident.finding")"},
      {R"("{{ data.long | truncate 6 }}")", R"("äöüß€😀")"},
      {R"("{{ data.long | truncate 5 }}")", R"("äöüß…")"},
      {R"("{{ data.long | truncate 1 }}{{ data.long | truncate 0 }}.")", R"("….")"},
      {R"("{{ data.list | json }}")", R"("[\"a\",\"b\",3]")"},
      {R"("{{ data.list | join ', ' }}")", R"("a, b, 3")"},
      {R"("{{ data.ms | date '%F %T.%L' }}")", R"("2026-11-18 11:06:40.250")"},
      {R"("{{ timestamp | date '%d.%m.%Y %H:%M %%' }}")", R"("18.11.2026 11:06 %")"},
      {R"("{{ data.title | date '%F' }}")", R"("It \"broke\"")"},
      {R"("{{ '{{' }} {{ id }} {{ contact_point }} {{ labels.service }}")", R"("{{ evt_1 oncall payment")"},
      {R"("{{ message.status }} {{ message.severity }}")", R"("firing warning")"},
      {R"({"a":{"b":["{{ data.n }}",null,1,false]}})", R"({"a":{"b":[3,null,1,false]}})"},
      {R"({"$for":"data.services","as":"s","do":{"name":"{{ s.service }}","of":"{{ data.n }}"}})",
       R"([{"name":"payment","of":3},{"name":"checkout","of":3}])"},
      {R"({"$for":"data.services","as":"s","limit":1,"do":"{{ s.service }}"})", R"(["payment"])"},
      {R"({"$for":"data.missing","as":"s","do":"x"})", "[]"},
      {R"({"$for":"data.services","as":"s","do":{"$for":"data.list","as":"i","do":"{{ s.service }}{{ i }}"}})",
       R"([["paymenta","paymentb","payment3"],["checkouta","checkoutb","checkout3"]])"},
      // What is no template stays as it is written.
      {R"("{{ broken")", R"("{{ broken")"},
      {R"({"$for":3})", "[]"},
  };
  for (const auto& [tree, expected] : rows) EXPECT_EQ(rendered(tree), expected) << tree;
}

TEST(PayloadTemplate, NamesWhatIsMissing) {
  const RenderedPayload payload = render_payload(
      R"(["{{ data.a }}","{{ data.b[0].c }} {{ data.a }}","{{ data.c | default 'x' }}","{{ data.nothing }}"])",
      notification(kData));
  EXPECT_THAT(payload.missing, ElementsAre("data.a", "data.b[0].c"));
  EXPECT_FALSE(payload.cut);
}

// Loops within loops, and values turned over again and again, end at the cap.
TEST(PayloadTemplate, IsBounded) {
  std::string list = "[";
  for (int i = 0; i < 2000; ++i) list += (i > 0 ? ",\"" : "\"") + std::string(100, 'x') + "\"";
  const Notification many = notification("{\"list\":" + list + "]}");
  const std::string loop = R"({"$for":"data.list","as":"s","limit":1000,"do":)";
  for (const std::string& tree :
       {loop + loop + loop + "\"{{ s }}\"}}}", loop + loop + "\"{{ data | json | truncate 1 }}\"}}",
        loop + loop + "{}}}", loop + loop + "\"\"}}", loop + loop + "\"{{ data.list }}\"}}"}) {
    const RenderedPayload payload = render_payload(tree, many);
    EXPECT_TRUE(payload.cut) << tree;
    EXPECT_LT(payload.json.size(), 2 * kMaxRenderedBytes) << tree;
    EXPECT_TRUE(json::accept(payload.json)) << tree;
  }
}

TEST(PayloadTemplate, EscapesValuesButNotTheTemplate) {
  const EscapeCharacter escape = [](std::string_view character, std::string& out) {
    out += character == "<" ? "&lt;" : character;
  };
  const Notification hostile = notification(R"({"t":"<!channel>","list":["<a>",{"<k>":"<v>"}]})");
  const auto with = [&](const char* tree) { return render_payload(tree, hostile, escape).json; };
  EXPECT_EQ(with(R"("<!here> {{ data.t }}")"), R"("<!here> &lt;!channel>")");
  EXPECT_EQ(with(R"("{{ data.t }}")"), R"("&lt;!channel>")");
  EXPECT_EQ(with(R"("{{ data.list }}")"), R"(["&lt;a>",{"&lt;k>":"&lt;v>"}])");
  EXPECT_EQ(with(R"({"$for":"data.list","as":"s","limit":1,"do":"{{ s | upper }}"})"), R"(["&lt;A>"])");
}

TEST(PayloadTemplate, NeverBreaksOutOfItsText) {
  const Notification hostile = notification(R"({"title":"\"}],\"x\":[{{ id }}\u0000\n\\"})");
  const json result = json::parse(render_payload(R"({"t":"<{{ data.title }}>"})", hostile).json);
  EXPECT_EQ(result.size(), 1u);
  EXPECT_EQ(result["t"], "<\"}],\"x\":[{{ id }}" + std::string(1, '\0') + "\n\\>");
}

TEST(ShortenedPayload, DropsEvidenceFirst) {
  std::string evidence = "[";
  for (int i = 0; i < 50; ++i) {
    evidence +=
        (i > 0 ? "," : "") + std::string(R"({"template":"t","sample":{"message":")") + std::string(5000, 'm') + "\"}}";
  }
  const std::string payload = notification(R"({"title":"it broke","evidence":)" + evidence + "]}").payload;
  EXPECT_EQ(shortened_payload(payload, payload.size()), payload);
  for (const std::size_t limit : {200'000u, 50'000u, 10'000u, 2000u, 300u}) {
    const std::string text = shortened_payload(payload, limit);
    EXPECT_LE(text.size(), limit);
    const json shorter = json::parse(text);
    EXPECT_EQ(shorter["type"], "incident.finding");
    EXPECT_EQ(shorter["data"]["truncated"], true);
    EXPECT_EQ(shorter["data"]["title"], "it broke") << limit;
  }
}

TEST(ShortenedPayload, AlwaysIsAnObjectThatFits) {
  const std::string big(300'000, 'x');
  for (const std::string& payload :
       {notification(json_string(big)).payload, notification("{\"" + big + "\":1}").payload, big,
        "[" + json_string(big) + "]",
        notification("[" + std::string(200'000, '[') + std::string(200'000, ']') + "]").payload}) {
    const std::string text = shortened_payload(payload, 1000);
    EXPECT_LE(text.size(), 1000u);
    EXPECT_TRUE(json::parse(text).is_object());
  }
}

}  // namespace
}  // namespace tocsin
