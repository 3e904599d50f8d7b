// The player on a Streamlit page: one run.

import { mountable, unzipped } from "../shared/mount.js";
import { createPlayer } from "./player.js";

export default mountable(createPlayer, unzipped);
