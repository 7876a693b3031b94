from django.urls import include, path

from chatsite.accounts import bot_views, views
from chatsite.accounts.sign_up import SignUpView

urlpatterns = [
    path("", views.profile, {"is_index": True}, name="settings"),
    path("profile/", views.profile, name="profile"),
    path("delete/", views.delete_account, name="delete_account"),
    path("devices/", views.device_list, name="devices"),
    path("devices/others/sign-out/", views.sign_out_others, name="sign_out_others"),
    path("devices/<id:pk>/sign-out/", views.sign_out_device, name="sign_out_device"),
    path("devices/tokens/", views.create_token, name="create_token"),
    path("devices/tokens/<id:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("bots/", bot_views.bot_list, name="bots"),
    path("bots/new/", bot_views.create_bot, name="create_bot"),
    path("bots/<id:pk>/token/", bot_views.renew_token, name="renew_bot_token"),
    path("bots/<id:pk>/close/", bot_views.deactivate_bot, name="deactivate_bot"),
    path("signup/", SignUpView.as_view(), name="account_signup"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
]
