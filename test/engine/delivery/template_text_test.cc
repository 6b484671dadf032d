#include "engine/delivery/template_text.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

// The parse as text again: "text", <path|filter(argument)>.
std::string printed(const std::vector<TemplatePart>& parts) {
  std::string out;
  for (const TemplatePart& part : parts) {
    if (!part.expression) {
      out += "\"" + part.text + "\"";
      continue;
    }
    out += "<";
    if (part.expression->literal) out += "'" + *part.expression->literal + "'";
    for (const TemplateStep& step : part.expression->path) {
      out += step.is_index ? "[" + std::to_string(step.index) + "]" : "." + step.name;
    }
    for (const TemplateFilter& filter : part.expression->filters) {
      constexpr const char* kNames[] = {"default", "upper", "lower", "truncate", "json", "date", "join"};
      out += std::string("|") + kNames[static_cast<std::size_t>(filter.kind)] + "(" + filter.text;
      if (filter.number > 0) out += std::to_string(filter.number);
      out += ")";
    }
    out += ">";
  }
  return out;
}

TEST(TemplateText, Parses) {
  struct Row {
    const char* text;
    const char* parts;
  };
  const Row rows[] = {
      {"", ""},
      {"plain } text }} { here", "\"plain } text }} { here\""},
      {"{{data.title}}", "<.data.title>"},
      {"{{ data.services[0].service }}", "<.data.services[0].service>"},
      {"{{ labels[\"a b\"].x }}", "<.labels.a b.x>"},
      {"a {{ x }} b {{ y }}", "\"a \"<.x>\" b \"<.y>"},
      {"{{ x | upper | truncate 80 }}", "<.x|upper()|truncate(80)>"},
      {"{{ x|default \"a \\\"b\\\" \\\\ c\" }}", "<.x|default(a \"b\" \\ c)>"},
      {"{{ x | default 'none' }}", "<.x|default(none)>"},
      {"{{ x | join ', ' | json | lower }}", "<.x|join(, )|json()|lower()>"},
      {"{{ x | date '%Y-%m-%d %H:%M:%S.%L %F %T %%' }}", "<.x|date(%Y-%m-%d %H:%M:%S.%L %F %T %%)>"},
      {"{{ '{{' }}", "<'{{'>"},
      {"{{\n x\t}}", "<.x>"},
  };
  for (const Row& row : rows) {
    TemplateFault fault;
    const auto parts = parse_template(row.text, fault);
    ASSERT_TRUE(parts) << row.text << ": " << fault.message;
    EXPECT_EQ(printed(*parts), row.parts) << row.text;
  }
}

TEST(TemplateText, TellsWhatIsWrongAndWhere) {
  struct Row {
    std::string text;
    std::size_t offset;
    const char* message;
  };
  std::string deep = "{{ a", filters = "{{ a";
  for (int i = 0; i < 40; ++i) deep += ".a";
  for (int i = 0; i < 20; ++i) filters += "|json";
  const Row rows[] = {
      {"a {{ b", 2, "'{{' is not closed"},
      {"{{", 2, "a path expected"},
      {"{{ }}", 3, "a path expected"},
      {"{{ a b }}", 5, "'|' or '}}' expected"},
      {"{{ a. }}", 5, "a name expected"},
      {"{{ a[ }}", 5, "a number expected"},
      {"{{ a[1 }}", 6, "']' expected"},
      {"{{ a[99999999] }}", 5, "the number is too large"},
      {"{{ a | }}", 7, "a filter expected"},
      {"{{ a | uper }}", 7, "unknown filter 'uper'"},
      {"{{ a | truncate x }}", 16, "'truncate' needs a number"},
      {"{{ a | default b }}", 15, "'default' needs a text in quotes"},
      {"{{ a | default \"b }}", 15, "the quote is not closed"},
      {"{{ a | default \"\\q\" }}", 16, "an unknown escape"},
      {"{{ a | date '%' }}", 12, "'date' knows %Y %m %d %H %M %S %L (milliseconds), %F (date), %T (time) and %%"},
      {deep + "}}", 67, "a path has at most 32 steps"},
      {filters + "}}", 85, "more than 16 filters"},
  };
  for (const Row& row : rows) {
    TemplateFault fault;
    EXPECT_FALSE(parse_template(row.text, fault)) << row.text;
    EXPECT_EQ(fault.message, row.message) << row.text;
    EXPECT_EQ(fault.offset, row.offset) << row.text;
  }
}

TEST(TemplateText, PathsBeginWithWhatThereIs) {
  const auto fault_of = [](const char* text) {
    TemplateFault fault;
    const auto path = parse_template_path(text, fault);
    EXPECT_TRUE(path) << text << fault.message;
    const auto unknown = check_template_path(*path, {"s"});
    return unknown ? unknown->message + ", " + unknown->hint : "";
  };
  EXPECT_EQ(fault_of("data.anything"), "");
  EXPECT_EQ(fault_of(" s.service "), "");
  EXPECT_EQ(fault_of("message.title"), "");
  EXPECT_EQ(fault_of("message.titel"), "'message' has no 'titel', did you mean 'title'?");
  EXPECT_EQ(fault_of("dtaa.x"), "there is no 'dtaa' in a notification, did you mean 'data'?");
  TemplateFault fault;
  EXPECT_FALSE(parse_template_path("a b", fault));
  EXPECT_EQ(fault.offset, 2u);
}

}  // namespace
}  // namespace tocsin
