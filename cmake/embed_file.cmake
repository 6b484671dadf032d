# cmake -DINPUT=file -DOUTPUT=header -P embed_file.cmake
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "// Generated from a rules file; do not edit.\n#pragma once\n\n#include <string_view>\n\n"
  "namespace tocsin {\ninline constexpr std::string_view kDefaultRules = R\"__RULES__(${text})__RULES__\";\n}\n")
