// The console page's only script.
import { BatonConsole } from './app.ts';
import { BatonAnswers } from './views/answers.ts';
import { BatonComposer } from './views/composer.ts';
import { BatonLogin } from './views/login.ts';

customElements.define('baton-login', BatonLogin);
customElements.define('baton-answers', BatonAnswers);
customElements.define('baton-composer', BatonComposer);
customElements.define('baton-console', BatonConsole);
