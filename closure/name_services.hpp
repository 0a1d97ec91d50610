// Which modules glibc loads to look something up (nsswitch.conf(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace whittle::closure {

// The services of one database ("hosts", "passwd") in the order of the text, each once: "files", "dns". Those
// that glibc assumes when the text does not name the database.
std::vector<std::string> services_of(std::string_view nsswitch, std::string_view database);

}  // namespace whittle::closure
