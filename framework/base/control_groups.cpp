#include "cambium/framework/base/control_groups.h"

#include <fstream>
#include <sstream>

namespace cambium {
namespace {

bool among(const std::string& list, const std::string& name) { return (',' + list + ',').find(',' + name + ',') != list.npos; }

void look_upwards(const std::string& mount, const std::string& path, const std::function<void(const std::string&)>& look) {
  look(mount);
  for (std::size_t end = path.size(); end != path.npos && end > 0; end = path.rfind('/', end - 1))
    look(mount + path.substr(0, end));
}

}  // namespace

void for_each_control_group(const char* controller, const std::function<void(const std::string& folder)>& look,
                            const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string group; std::getline(groups, group);) {  // "0::/path", or in version 1 "4:cpu,cpuacct:/path"
    const std::size_t first = group.find(':'), second = first == group.npos ? first : group.find(':', first + 1);
    if (second == group.npos || group[second + 1] != '/') continue;
    const std::string controllers = group.substr(first + 1, second - first - 1), path = group.substr(second + 1);
    if (!controllers.empty() && !among(controllers, controller)) continue;
    std::ifstream mounts(root + "/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {  // "36 35 0:28 FOLDER MOUNT rw shared:1 - cgroup2 cgroup2 rw,cpu"
      std::istringstream words(line);
      std::string word, folder, mount, type, source, options;
      words >> word >> word >> word >> folder >> mount;
      while (words >> word && word != "-") {
      }
      words >> type >> source >> options;
      if (controllers.empty() ? type != "cgroup2" : type != "cgroup" || !among(options, controller)) continue;
      // A container may see its own group as the root, under a path that is counted from elsewhere.
      const bool inside = folder != "/" && (path + '/').starts_with(folder + '/');
      look_upwards(root + mount, inside ? path.substr(folder.size()) : path, look);
    }
  }
}

}  // namespace cambium
